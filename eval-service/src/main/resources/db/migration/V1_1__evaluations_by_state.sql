-- Metrics count the evaluations by state at every scrape: from this index alone, without the bodies.
create index evaluations_by_state on evaluations (state);
