-- The files that count to what a project may store: those that it has sent or sends now, and those of its bases.
create table base_bytes (
    project    text   not null, -- projects/{project}
    sha256     text   not null,
    size_bytes bigint not null, -- as announced; of a file that is there, its size
    primary key (project, sha256, size_bytes)
);
create index base_bytes_by_file on base_bytes (sha256);

-- False for bases from before this table, until somebody asks for the bytes of their project.
alter table bases add column counted boolean not null default false;
