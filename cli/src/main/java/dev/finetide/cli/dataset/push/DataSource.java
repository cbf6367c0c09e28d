package dev.finetide.cli.dataset.push;

import java.nio.file.Path;

/// Rows to push, from one place.
sealed interface DataSource {
    /// Path by which errors name the source.
    String path();

    /// Split of all its rows; empty if the path or a column says it.
    String split();

    /// A file of this machine.
    record LocalFile(Path file, String path, String split) implements DataSource {}

    /// An `https://` or `s3://` address, which the service reads.
    record Address(String uri, String path, String split) implements DataSource {}

    /// Standard input.
    record StandardInput(String path, String split) implements DataSource {}
}
