-- The FineTuneRun that asked for a run, which is cancelled when that is gone.
alter table runs add column finetunerun text;
create index runs_of_finetuneruns on runs (finetunerun, name)
    where finetunerun is not null and state in ('QUEUED', 'STARTING', 'HELD', 'RUNNING');
