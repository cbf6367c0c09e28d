-- HELD: launched, and kept in a cluster's queue.
drop index evaluations_open;
create index evaluations_open on evaluations (state, create_time) where state in ('QUEUED', 'HELD', 'RUNNING');
