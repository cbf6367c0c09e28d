-- The service's copy of each project (Projects): its members, rules and limits, as the last event of finetide.project.v1 had them.
create table project (
    name text primary key,
    body bytea not null
);
