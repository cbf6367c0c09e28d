-- Reports on the suitability of versions. The columns of workers are those of all supervised work.
create table dataset_reports (
    name            text        not null primary key, -- projects/{project}/datasetReports/{id}
    project         text        not null,
    id              text        not null, -- sorts by time of creation
    dataset_version text        not null, -- name of the version, with its number
    base            text        not null, -- name of the base; empty for a report about the rows alone
    base_body       bytea,                -- finetide.model.v1.Base
    state           text        not null,
    waiting         bytea,                -- finetide.work.v1.WorkWaiting
    create_time     timestamptz not null,
    body            bytea       not null, -- finetide.dataset.v1.DatasetReport
    revision        bigint      not null, -- counts the changes of the body: the etag
    attempt         int         not null,
    epoch           bigint      not null,
    last_sequence   bigint      not null,
    losses          int         not null,
    worker_progress bigint      not null,
    worker_doing    text        not null,
    heard_at        timestamptz not null,
    last_update     bigint      not null
);
create index dataset_reports_listed on dataset_reports (project, id desc);
create index dataset_reports_of_version on dataset_reports (dataset_version, base, create_time desc);
create index dataset_reports_by_state on dataset_reports (state);
create index dataset_reports_open on dataset_reports (create_time, id)
    where state in ('QUEUED', 'STARTING', 'HELD', 'RUNNING', 'CANCELLING');
