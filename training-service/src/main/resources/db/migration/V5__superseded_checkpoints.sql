-- Set with each checkpoint and at the end of a run, until the blob store holds no other checkpoints than the run keeps.
alter table runs add column superseded_checkpoints boolean not null default false;
update runs set superseded_checkpoints = true where checkpoint is not null;
create index runs_with_superseded_checkpoints on runs (name) where superseded_checkpoints;
