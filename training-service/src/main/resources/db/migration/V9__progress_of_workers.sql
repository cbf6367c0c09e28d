-- What the attempt's worker has done, and what it was doing at its last heartbeat.
alter table runs add column progress bigint not null default 0, add column doing text not null default '';
