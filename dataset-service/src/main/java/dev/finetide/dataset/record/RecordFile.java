package dev.finetide.dataset.record;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;

/// A file whose bytes can be read from the beginning as often as wanted.
public interface RecordFile {
    /// Returns the path as the user knows the file. The ending helps to tell the format, and errors name the file by
    /// it.
    String path();

    InputStream open() throws IOException;

    /// Returns the size in bytes, -1 if unknown.
    long sizeBytes();

    /// Returns the file on this machine, if it is one, which saves a copy where a container needs random access.
    default Optional<Path> local() {
        return Optional.empty();
    }
}
