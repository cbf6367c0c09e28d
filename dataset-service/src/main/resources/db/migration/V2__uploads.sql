-- Files that are stored in parts until a version is made of them. Their blobs lie under uploads/{project}/{file_id}/.
create table uploaded_files (
    project    text        not null,
    file_id    text        not null,
    size_bytes bigint      not null, -- of the whole file; -1 while it is not known
    sha256     text        not null, -- of the whole file; empty if it is not known
    alive_at   timestamptz not null, -- last call that named the file
    primary key (project, file_id)
);

create table uploaded_parts (
    project      text   not null,
    file_id      text   not null,
    offset_bytes bigint not null,    -- number of bytes before the part
    size_bytes   bigint not null,
    sha256       text   not null,
    blob_key     text   not null,
    primary key (project, file_id, offset_bytes),
    foreign key (project, file_id) references uploaded_files on delete cascade
);
