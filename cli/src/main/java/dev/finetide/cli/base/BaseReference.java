package dev.finetide.cli.base;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// What `--base` takes: a directory, or the name of a base that was added.
public final class BaseReference {
    private BaseReference() {}

    /// The directory, if it is one: what has a separator, starts with a dot, or lies here and looks like a model.
    public static Optional<Path> directory(String typed) {
        boolean isPath =
                typed.indexOf(File.separatorChar) >= 0 && !typed.startsWith("projects/") || typed.startsWith(".");
        Path path = Path.of(typed);
        return isPath || Files.isRegularFile(path.resolve("config.json")) ? Optional.of(path) : Optional.empty();
    }
}
