-- The complete checkpoints before the last one, newest first: used when that turns out torn.
alter table runs add column earlier_checkpoints bytea; -- finetide.worker.v1.Checkpoints
