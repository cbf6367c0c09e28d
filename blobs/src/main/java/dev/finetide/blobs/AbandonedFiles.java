package dev.finetide.blobs;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/// Deletes temporary files whose writer has died.
///
/// A file of a process of this kernel, of another container too, is abandoned when nobody holds its
/// lock. A file of another machine, on a disk that machines share, is abandoned when nobody has written
/// to it for a day. A file of this process is never abandoned, because its writer deletes it.
final class AbandonedFiles {
    /// Time without a write after which a writer elsewhere counts as dead. A live writer is faster,
    /// even on a slow source.
    private static final Duration SILENT = Duration.ofHours(24);

    /// Time that a new file has until its writer holds the lock.
    private static final Duration NEW = Duration.ofMinutes(1);

    private AbandonedFiles() {}

    /// Deletes abandoned files in a directory, which may be absent.
    static void delete(Path directory, Instant now) throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> files = Files.find(directory, 1, (_, file) -> file.isRegularFile())) {
            for (Path file : files.toList()) {
                try {
                    deleteIfAbandoned(file, now);
                } catch (NoSuchFileException gone) {
                    // Its writer has just finished.
                }
            }
        }
    }

    private static void deleteIfAbandoned(Path file, Instant now) throws IOException {
        Optional<TemporaryFile.Writer> writer = TemporaryFile.Writer.of(file);
        Duration age = Duration.between(Files.getLastModifiedTime(file).toInstant(), now);
        if (writer.equals(Optional.of(TemporaryFile.Writer.SELF))) {
            return;
        }
        boolean neighbour = writer.isPresent() && writer.get().kernel().equals(TemporaryFile.Writer.SELF.kernel());
        if (age.compareTo(SILENT) > 0 && !neighbour) {
            Files.deleteIfExists(file);
        } else if (age.compareTo(NEW) > 0 && neighbour) {
            deleteIfUnlocked(file, age);
        }
    }

    private static void deleteIfUnlocked(Path file, Duration age) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            boolean abandoned;
            try (FileLock lock = channel.tryLock()) {
                abandoned = lock != null;
                if (abandoned) {
                    Files.deleteIfExists(file);
                }
            } catch (IOException noLocks) {
                if (age.compareTo(SILENT) > 0) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }
}
