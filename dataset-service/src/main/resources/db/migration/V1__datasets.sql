create table datasets (
    name           text        not null primary key, -- projects/{project}/datasets/{dataset}
    latest_version integer     not null,             -- 0 while the first version is being written
    create_time    timestamptz not null,
    update_time    timestamptz not null
);

create table dataset_versions (
    dataset text    not null references datasets (name),
    number  integer not null,
    digest  text    not null,
    body    bytea   not null, -- finetide.dataset.v1.DatasetVersion
    primary key (dataset, number),
    unique (dataset, digest)  -- the same content is the same version
);

create table request_ids (
    request_id text not null primary key,
    body       text not null, -- SHA-256 of header and files
    resource   text not null
);

-- Uploads whose blobs belong to no version yet.
create table uploads (
    prefix   text        not null primary key,
    alive_at timestamptz not null -- last shard stored
);
