package dev.finetide.cli.base;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// The argument of `--base`: a directory, or the name of a base that was added.
public final class BaseReference {
    private BaseReference() {}

    /// Returns the directory, if the argument is one: it has a separator, starts with a dot, or has a config.json.
    public static Optional<Path> directory(String typed) {
        boolean isPath =
                typed.indexOf(File.separatorChar) >= 0 && !typed.startsWith("projects/") || typed.startsWith(".");
        Path path = Path.of(typed);
        return isPath || Files.isRegularFile(path.resolve("config.json")) ? Optional.of(path) : Optional.empty();
    }
}
