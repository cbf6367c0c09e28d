-- Work that the attempt's worker has done, and its activity at its last heartbeat.
alter table evaluations add column worker_progress bigint not null default 0, add column worker_doing text not null default '';
