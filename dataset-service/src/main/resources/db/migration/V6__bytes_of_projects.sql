-- What a project stores counts towards its limit. Null in rows from before this column, until the project's bytes are counted.
alter table dataset_versions add column size_bytes bigint; -- of the version's files
alter table dataset_versions add column project text generated always as (split_part(dataset, '/', 2)) stored;
create index dataset_versions_of_projects on dataset_versions (project) include (size_bytes) where deleted_at is null;
