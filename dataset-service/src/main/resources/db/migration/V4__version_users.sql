-- An evaluation may need several versions: its rows, and the documents that its arms look up in.
alter table version_users drop constraint version_users_pkey;
alter table version_users add primary key (name, dataset_version);
