package dev.finetide.dataset.record;

/// A record that was cut out of a file, not yet parsed.
///
/// @param body may be read later on another thread, once
public record CutRecord(long line, long record, Body body) implements Cut {}
