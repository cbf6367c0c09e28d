package dev.finetide.cli.dataset.push;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;

/// State of a file by which a change shows.
///
/// @param bytes   size in bytes
/// @param changed time of the last change
record FileState(long bytes, Instant changed) {
    static FileState of(Path file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return new FileState(attributes.size(), attributes.lastModifiedTime().toInstant());
    }
}
