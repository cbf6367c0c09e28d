-- The secret by which a service makes and checks the tokens of its workers (AttemptTokens): one row, made by the first start.
create table service_key (
    id integer primary key check (id = 1),
    secret bytea not null
);
