package dev.finetide.blobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;

/// Deletes temporary files whose [Writer] has died.
final class AbandonedFiles {
    private AbandonedFiles() {}

    /// Deletes abandoned files in a directory, which may be absent.
    static void delete(Path directory, Instant now) throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> files = Files.find(directory, 1, (_, file) -> file.isRegularFile())) {
            for (Path file : files.toList()) {
                try {
                    Duration age =
                            Duration.between(Files.getLastModifiedTime(file).toInstant(), now);
                    Writer.deleteIfDead(file, file, age, () -> Files.deleteIfExists(file));
                } catch (NoSuchFileException gone) {
                    // Its writer has just finished.
                }
            }
        }
    }
}
