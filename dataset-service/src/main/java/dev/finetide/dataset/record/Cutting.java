package dev.finetide.dataset.record;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/// Cuts the records of one kind of container out of a file. Not thread-safe.
interface Cutting extends Closeable {
    /// Returns the next record; empty at the end.
    Optional<Cut> next() throws IOException;
}
