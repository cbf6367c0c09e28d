package dev.finetide.blobs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Writes files and directories that are complete or absent, whenever the machine stops: temporary
/// file, fsync, one atomic step, fsync of the directory.
final class DurableFiles {

    private static final long NEARLY_FULL_BYTES = 1 << 20;

    private DurableFiles() {}

    static void writeAtomically(Path target, InputStream content) throws IOException {
        Path path = target.toAbsolutePath();
        try (TemporaryFile file = TemporaryFile.write(
                path.getParent(), content, path.getFileName().toString())) {
            file.replace(path);
        }
    }

    static void createDirectories(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Path parent = directory.toAbsolutePath().getParent();
            createDirectories(parent);
            Files.createDirectories(directory);
            syncDirectory(parent);
        }
    }

    static void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /// Converts a failure for lack of space. Java has no type for ENOSPC and its message may be translated, so the
    /// free space is checked, too.
    static IOException orFull(IOException e, String what, Path directory) throws IOException {
        String text = String.valueOf(e.getMessage());
        boolean full = text.contains("No space left")
                || text.contains("quota exceeded")
                || (Files.isDirectory(directory)
                        && Files.getFileStore(directory).getUsableSpace() < NEARLY_FULL_BYTES);
        return full && !(e instanceof BlobException) ? new BlobStoreFullException(what, directory.toString(), e) : e;
    }
}
