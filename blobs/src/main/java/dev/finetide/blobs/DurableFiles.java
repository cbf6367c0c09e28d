package dev.finetide.blobs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.UUID;

/// Writes files that are complete or absent, whenever the machine stops: temporary file, fsync, one atomic step,
/// fsync of the directory.
final class DurableFiles {

    private static final String TEMPORARY_SUFFIX = ".part";
    private static final long NEARLY_FULL_BYTES = 1 << 20;

    /// A file written and flushed under a temporary name.
    record Written(Path file, long size, String sha256) {}

    private DurableFiles() {}

    /// Writes and flushes `content` to a new file in `directory`; nothing is left there if that fails.
    static Written writeTemporary(Path directory, InputStream content, String what) throws IOException {
        Path file = directory.resolve("." + UUID.randomUUID() + TEMPORARY_SUFFIX);
        try {
            createDirectories(directory);
            return write(file, content);
        } catch (IOException e) {
            Files.deleteIfExists(file);
            throw orFull(e, what, directory);
        }
    }

    private static Written write(Path file, InputStream content) throws IOException {
        MessageDigest digest = Sha256.newDigest();
        byte[] buffer = new byte[1 << 16];
        long size = 0;
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (int n; (n = content.read(buffer)) >= 0; ) {
                digest.update(buffer, 0, n);
                for (ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, n); bytes.hasRemaining(); ) {
                    out.write(bytes);
                }
                size += n;
            }
            out.force(true);
        }
        return new Written(file, size, Sha256.hex(digest));
    }

    /// Moves a written file to `target` in one step, unless `target` exists. A rename would replace an existing
    /// file, so this makes a hard link. Returns false, and deletes the temporary file, if `target` exists.
    static boolean publish(Path temporary, Path target) throws IOException {
        try {
            createDirectories(target.getParent());
            Files.createLink(target, temporary);
        } catch (FileAlreadyExistsException e) {
            if (Files.isRegularFile(target)) {
                return false;
            }
            throw e;
        } catch (IOException e) {
            throw orFull(e, target.getFileName().toString(), target.getParent());
        } finally {
            Files.deleteIfExists(temporary);
        }
        syncDirectory(target.getParent());
        return true;
    }

    static void replace(Path temporary, Path target) throws IOException {
        try {
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
        syncDirectory(target.getParent());
    }

    static void writeAtomically(Path target, InputStream content) throws IOException {
        Path file = target.toAbsolutePath();
        replace(
                writeTemporary(file.getParent(), content, file.getFileName().toString())
                        .file(),
                file);
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
    private static IOException orFull(IOException e, String what, Path directory) throws IOException {
        String text = String.valueOf(e.getMessage());
        boolean full = text.contains("No space left")
                || text.contains("quota exceeded")
                || (Files.isDirectory(directory)
                        && Files.getFileStore(directory).getUsableSpace() < NEARLY_FULL_BYTES);
        return full && !(e instanceof BlobException) ? new BlobStoreFullException(what, directory.toString(), e) : e;
    }
}
