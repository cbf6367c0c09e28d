package dev.finetide.blobs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;

/// A directory for temporary files of this process. It is deleted with all of them when closed; if the
/// process is killed before, by the next process that makes a directory of the same kind.
public final class ScratchDirectory implements AutoCloseable {
    private static final String LOCK = ".lock";

    private final Path path;
    private final FileChannel lock;

    private ScratchDirectory(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /// Makes a directory in the machine's directory for temporary files, which only this user can read.
    ///
    /// @param kind beginning of the name: "finetide-base-"
    public static ScratchDirectory create(String kind) throws IOException {
        return create(Path.of(System.getProperty("java.io.tmpdir")), kind);
    }

    static ScratchDirectory create(Path parent, String kind) throws IOException {
        deleteAbandoned(parent, kind, Instant.now());
        Path path = Files.createDirectory(
                parent.resolve(kind + Writer.SELF.newName()),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        FileChannel lock =
                FileChannel.open(path.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        Writer.lock(lock);
        return new ScratchDirectory(path, lock);
    }

    /// Deletes the directories of a kind whose process has died.
    static void deleteAbandoned(Path parent, String kind, Instant now) throws IOException {
        try (DirectoryStream<Path> others = Files.newDirectoryStream(parent, kind + "*")) {
            for (Path other : others) {
                try {
                    Duration age =
                            Duration.between(Files.getLastModifiedTime(other).toInstant(), now);
                    Writer.deleteIfDead(other, other.resolve(LOCK), age, () -> FolderTree.delete(other));
                } catch (IOException anothers) {
                    // The directory has just gone, or it belongs to another user.
                }
            }
        }
    }

    /// Returns the directory.
    public Path path() {
        return path;
    }

    @Override
    public void close() {
        try (lock) {
            FolderTree.delete(path);
        } catch (IOException e) {
            throw new UncheckedIOException(path + " cannot be deleted: " + e.getMessage(), e);
        }
    }
}
