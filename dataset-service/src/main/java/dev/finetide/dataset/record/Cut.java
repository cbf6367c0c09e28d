package dev.finetide.dataset.record;

/// What stands at one place of a file: a record, or something that cannot be one.
public sealed interface Cut permits CutRecord, CutFault {
    /// Returns the 1-based line on which the record starts; 0 in a file without lines.
    long line();

    /// Returns the 1-based number of the record in a file without lines; else 0.
    long record();
}
