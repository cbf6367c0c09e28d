-- HELD: launched, and kept in a cluster's queue.
drop index runs_open;
create index runs_open on runs (state, priority desc, create_time)
    where state in ('QUEUED', 'STARTING', 'HELD', 'RUNNING', 'CANCELLING');
