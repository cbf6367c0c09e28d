package dev.finetide.dataset.record;

/// A place of a file that was cut out: a record, or something that cannot be one.
public sealed interface Cut permits CutRecord, CutFault {
    /// Returns the 1-based line on which the record starts; 0 in a file without lines.
    long line();

    /// Returns the 1-based number of the record in a file without lines; else 0.
    long record();
}
