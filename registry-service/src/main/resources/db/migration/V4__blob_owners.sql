-- Which project has sent which file. Only those files may a base of the project name.
create table blob_owners (
    project text not null, -- projects/{project}
    sha256  text not null,
    primary key (project, sha256)
);
create index blob_owners_by_file on blob_owners (sha256);

-- Files of the bases that are there belong to the projects of these. Each file's blob_key stands in the body of its base as
-- tag (0x22, a quotation mark), length (0x4a, the letter J) and the key itself.
insert into blob_owners (project, sha256)
select distinct substring(name from '^projects/[^/]+'), key[1]
from bases, regexp_matches(encode(body, 'escape'), '"Jsha256/[0-9a-f]{2}/([0-9a-f]{64})', 'g') as key
where deleted_at is null;
