package dev.finetide.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Deletes directories with their contents.
public final class DirectoryTree {
    private DirectoryTree() {}

    /// Deletes a directory and everything in it. A missing directory is no error.
    public static void delete(Path root) throws IOException {
        delete(root, path -> true);
    }

    /// Deletes those files and directories of a tree that `selected` accepts, the deepest first.
    ///
    /// @throws IOException if a directory that is to be deleted is not empty
    public static void delete(Path root, Predicate<Path> selected) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(root)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                if (selected.test(path)) {
                    Files.deleteIfExists(path);
                }
            }
        }
    }
}
