-- The caller whose request it was: a request_id belongs to its caller, and another caller's is another request.
-- Repeatable, and so without a number: the services make the table, in migrations that they count themselves.
do $$ begin
    if to_regclass('request_ids') is not null then
        alter table request_ids add column if not exists caller text not null default '';
        alter table request_ids drop constraint request_ids_pkey;
        alter table request_ids add primary key (request_id, caller);
    end if;
end $$;
