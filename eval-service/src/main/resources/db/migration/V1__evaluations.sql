create table evaluations (
    name          text        primary key,
    project       text        not null,
    id            text        not null, -- the training run's: sorts by time of creation
    state         text        not null,
    create_time   timestamptz not null,
    body          bytea       not null, -- finetide.evaluation.v1.Evaluation; the columns below hold what reports change
    revision      bigint      not null, -- counts the changes of the body: the etag
    attempt       int         not null,
    epoch         bigint      not null,
    last_sequence bigint      not null,
    losses        int         not null,
    heard_at      timestamptz not null,
    results       bigint      not null, -- of the epoch that counts
    last_update   bigint      not null  -- sequence of the newest row in evaluation_updates
);
create index evaluations_listed on evaluations (project, id desc);
create index evaluations_open on evaluations (state, create_time) where state in ('QUEUED', 'RUNNING');

-- Which results are there, of the epoch that counts; what they say stands in evaluation_updates.
create table evaluation_results (
    evaluation text   not null references evaluations (name),
    row_index  bigint not null,
    variant    text   not null,
    primary key (evaluation, row_index, variant)
);

-- What WatchEvaluation streams, in order, without gaps.
create table evaluation_updates (
    evaluation text   not null references evaluations (name),
    sequence   bigint not null,
    payload    bytea  not null, -- finetide.evaluation.v1.EvaluationUpdate
    primary key (evaluation, sequence)
);
