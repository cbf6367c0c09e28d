-- What keeps a run's worker from starting stands beside the body: each tick reads it of every active run.
alter table runs add column waiting bytea; -- finetide.training.v1.RunWaiting
