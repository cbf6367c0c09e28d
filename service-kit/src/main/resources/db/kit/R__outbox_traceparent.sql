-- The W3C trace context of the change that the event tells of; empty where nobody traces.
-- Repeatable, and so without a number: services that use this kit count their own migrations.
alter table outbox add column if not exists traceparent text not null default '';
