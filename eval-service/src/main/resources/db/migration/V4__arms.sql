-- An evaluation belongs to at most one run, and a run has at most one evaluation. Rows from before this version have no columns' values.
alter table evaluations
    add column training_run   text unique,
    add column dataset_digest text not null default '',
    add column split          text not null default 'test';
-- Before this version an evaluation had its run's id.
update evaluations set training_run = 'projects/' || project || '/trainingRuns/' || id;
create index evaluations_of_split on evaluations (dataset_digest, split);

-- The outcome of each row of each arm and draw; the texts stand in evaluation_updates alone. Results of base and tuned model from before
-- this version belonged to evaluations that have ended, or whose next worker starts over.
drop table evaluation_results;
create table evaluation_results (
    evaluation text   not null references evaluations (name),
    arm        text   not null,
    repeat     int    not null,
    row_index  bigint not null,
    outcome    bytea  not null, -- finetide.evaluation.v1.ExampleResult without its texts
    primary key (evaluation, arm, repeat, row_index)
);
update evaluations set results = 0 where state in ('QUEUED', 'STARTING', 'HELD', 'RUNNING');

-- Arms of evaluations that have succeeded, by all that decides their answers. Equal arms need not be asked again.
create table answered_arms (
    arm_key    text not null,
    evaluation text not null references evaluations (name),
    arm        text not null,
    primary key (arm_key, evaluation, arm)
);

-- Model versions as the registry announces them.
create table model_versions (
    name   text   primary key,
    model  text   not null,
    number int    not null,
    state  text   not null,
    body   bytea  not null -- finetide.model.v1.ModelVersion
);
create index model_versions_of_model on model_versions (model, state, number desc);

create table request_ids (
    request_id text        primary key,
    body       text        not null, -- SHA-256 of the request
    resource   text        not null,
    created_at timestamptz not null default now()
);

create table advice (
    name        text        primary key,
    project     text        not null,
    id          text        not null,
    state       text        not null,
    create_time timestamptz not null,
    body        bytea       not null -- finetide.evaluation.v1.Advice
);
create index advice_listed on advice (project, id desc);
create index advice_open on advice (state) where state = 'RUNNING';
