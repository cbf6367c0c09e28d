create table runs (
    name          text        primary key,
    project       text        not null,
    id            text        not null, -- sorts by time of creation
    state         text        not null,
    priority      int         not null,
    create_time   timestamptz not null,
    body          bytea       not null, -- finetide.training.v1.TrainingRun; the columns below hold what reports change
    revision      bigint      not null, -- counts the changes of the body: the etag
    attempt       int         not null,
    epoch         bigint      not null,
    last_sequence bigint      not null,
    losses        int         not null,
    heard_at      timestamptz not null,
    progress      bytea,                -- finetide.training.v1.TrainingProgress
    checkpoint    bytea,                -- finetide.worker.v1.Checkpoint, the last complete one
    last_update   bigint      not null  -- sequence of the newest row in run_updates
);
create index runs_listed on runs (project, id desc);
create index runs_open on runs (state, priority desc, create_time) where state in ('QUEUED', 'STARTING', 'RUNNING', 'CANCELLING');

-- What WatchTrainingRun streams, in order, without gaps.
create table run_updates (
    run      text   not null references runs (name),
    sequence bigint not null,
    payload  bytea  not null, -- finetide.training.v1.TrainingRunUpdate
    primary key (run, sequence)
);

-- Creates that were answered: the same id and body give the same run.
create table request_ids (
    request_id text        primary key,
    body       text        not null, -- SHA-256 of the request
    resource   text        not null,
    created_at timestamptz not null default now()
);
