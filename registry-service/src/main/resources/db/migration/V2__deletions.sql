-- Null in rows from before this column: the body says the base of these.
alter table model_versions add column base text;
create index model_versions_of_bases on model_versions (base);

alter table bases add column deleted_at timestamptz; -- null while the base is there

-- Runs and evaluations that have not ended, and their bases.
create table base_users (
    name text not null primary key, -- projects/{project}/trainingRuns/{id} or projects/{project}/evaluations/{id}
    base text not null
);
create index base_users_by_base on base_users (base);
