-- What keeps an evaluation's worker from starting stands beside the body: each tick reads it of every active evaluation.
alter table evaluations add column waiting bytea; -- finetide.work.v1.WorkWaiting
-- STARTING: launched, and the worker has not reported yet.
drop index evaluations_open;
create index evaluations_open on evaluations (state, create_time) where state in ('QUEUED', 'STARTING', 'HELD', 'RUNNING');
