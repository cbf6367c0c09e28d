-- Metrics count the runs by state at every scrape: from this index alone, without the bodies.
create index runs_by_state on runs (state);
