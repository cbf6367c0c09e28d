-- Set with the deletion of a run, which no list shows any more. The body has the time, too.
alter table runs add column deleted_at timestamptz;
