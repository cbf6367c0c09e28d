-- Events leave a service only through this table: written in the transaction that changes the state, deleted after
-- the broker's acknowledgement. Column names are Debezium's, so that its outbox router can replace our relay.
create table outbox (
    seq           bigint generated always as identity primary key,
    id            uuid        not null unique,
    aggregatetype text        not null, -- topic
    aggregateid   text        not null, -- resource name: the record's key
    type          text        not null, -- full name of the event
    payload       bytea       not null,
    created_at    timestamptz not null
);

create function outbox_notify() returns trigger language plpgsql as $$
begin
    perform pg_notify('outbox_' || tg_table_schema, '');
    return null;
end $$;

create trigger outbox_written after insert on outbox for each statement execute function outbox_notify();

-- Events already handled, so that a second delivery changes nothing.
create table inbox (
    event_id    text        not null primary key,
    received_at timestamptz not null default now()
);
create index inbox_received_at on inbox (received_at);
