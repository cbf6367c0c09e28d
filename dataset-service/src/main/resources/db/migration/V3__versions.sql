-- A deleted version stays as a tombstone. Its content may come again, as a new version.
alter table dataset_versions add column deleted_at timestamptz;
alter table dataset_versions add column blob_prefix text; -- null in rows from before this column: the manifest's key tells
alter table dataset_versions drop constraint dataset_versions_dataset_digest_key;
create unique index dataset_versions_by_digest on dataset_versions (dataset, digest) where deleted_at is null;

create table dataset_tags (
    dataset     text        not null references datasets (name),
    tag         text        not null,
    number      integer     not null, -- of the version
    update_time timestamptz not null,
    primary key (dataset, tag)
);

create table dataset_tag_moves (
    seq         bigint      generated always as identity primary key,
    dataset     text        not null references datasets (name),
    tag         text        not null,
    from_number integer     not null, -- 0 for none
    to_number   integer     not null, -- 0 for none
    time        timestamptz not null,
    comment     text        not null
);
create index dataset_tag_moves_newest on dataset_tag_moves (dataset, seq desc);

-- What needs the rows of a version: runs and evaluations that have not ended, and model versions that may be served, now or
-- later. Kept from the events of the other services.
create table version_users (
    name            text not null primary key, -- of the run, the evaluation or the model version
    dataset_version text not null,
    state           text not null
);
create index version_users_by_version on version_users (dataset_version);

-- Runs whose model version is registered. Its event may come before that of the run's end.
create table registered_runs (
    name text not null primary key
);
