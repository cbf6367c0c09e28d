-- Rows of probes are results beside those of the evaluation's own rows, whose probe is empty.
alter table evaluation_results
    add column probe text not null default '',
    drop constraint evaluation_results_pkey,
    add primary key (evaluation, arm, repeat, probe, row_index);
