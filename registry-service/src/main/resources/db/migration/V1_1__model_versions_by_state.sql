-- Metrics count the versions by state at every scrape: from this index alone, without the bodies.
create index model_versions_by_state on model_versions (state);
