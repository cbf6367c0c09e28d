-- Kafka refuses some events however often they are sent, such as one that is too large. The relay parks such a row and
-- goes on with the others. To send parked rows again, set parked_at to null.
alter table outbox
    add column parked_at timestamptz,
    add column problem   text not null default ''; -- why the row is parked
