create table bases (
    name text  not null primary key, -- projects/{project}/bases/{base}
    body bytea not null              -- finetide.model.v1.Base
);

create table models (
    name           text    not null primary key, -- projects/{project}/models/{model}
    latest_version integer not null
);

create table model_versions (
    seq          bigint  generated always as identity,
    model        text    not null references models (name),
    number       integer not null,
    training_run text    not null unique, -- exactly one version a run
    state        text    not null,
    body         bytea   not null,        -- finetide.model.v1.ModelVersion
    primary key (model, number)
);
create index model_versions_newest on model_versions (seq desc);

create table request_ids (
    request_id text not null primary key,
    body       text not null, -- SHA-256 of the request
    resource   text not null
);
