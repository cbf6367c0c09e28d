package dev.finetide.sft.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// Writes files that appear whole or not at all: under a temporary name in the same directory, synced to disk, then
/// renamed.
public final class AtomicFile {
    private AtomicFile() {}

    /// Writes a file's content to a path.
    public interface Content {
        void writeTo(Path temp) throws IOException;
    }

    /// Replaces `file` by the content. A failed write leaves the old file and nothing else.
    public static void write(Path file, Content content) throws IOException {
        Path temp = file.resolveSibling(
                "." + file.getFileName() + ".tmp-" + ProcessHandle.current().pid());
        try {
            content.writeTo(temp);
            sync(temp);
            Files.move(temp, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            sync(file.toAbsolutePath().getParent());
        } finally {
            Files.deleteIfExists(temp);
        }
    }

    /// Forces a file's content, or a directory's entries, to disk.
    public static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
