-- What the attempt's worker has done, and what it was doing at its last heartbeat.
alter table runs add column worker_progress bigint not null default 0, add column worker_doing text not null default '';
