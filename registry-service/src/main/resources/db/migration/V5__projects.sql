-- The projects, as their owner has them. The table project is this service's copy, as each service has one.
create table projects (
    name    text   not null primary key, -- projects/{project}
    members text[] not null,             -- each caller with a role: issuer, line feed, subject
    body    bytea  not null              -- finetide.project.v1.Project
);
create index projects_by_member on projects using gin (members);
