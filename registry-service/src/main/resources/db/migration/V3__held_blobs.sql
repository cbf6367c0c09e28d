-- Files that no base may name yet, and that stay: a client was told that they are here, or sends or names them now.
create table held_blobs (
    sha256 text        not null primary key,
    until  timestamptz not null
);
create index held_blobs_by_time on held_blobs (until);
