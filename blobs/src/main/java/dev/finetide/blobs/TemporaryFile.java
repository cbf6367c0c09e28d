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

/// A file that is written and flushed under a temporary name, and then gets its name in one step.
/// Closing it deletes the temporary name, whatever happened before.
///
/// The writer holds the kernel's lock of the file, which ends with the writer's process. So
/// [AbandonedFiles] can tell a dead writer from a slow one.
final class TemporaryFile implements AutoCloseable {
    private final Path path;
    private final FileChannel channel;
    private final BlobRef written;

    private TemporaryFile(Path path, FileChannel channel, BlobRef written) {
        this.path = path;
        this.channel = channel;
        this.written = written;
    }

    /// Writes and flushes `content` to a new file in `directory`. Nothing is left there if anything is
    /// thrown.
    ///
    /// @param key name of the content in references and errors
    static TemporaryFile write(Path directory, InputStream content, String key) throws IOException {
        Path path = directory.resolve("." + Writer.SELF.newName() + ".part");
        try {
            DurableFiles.createDirectories(directory);
            FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            try {
                Writer.lock(channel);
                return new TemporaryFile(path, channel, fill(channel, content, key));
            } catch (Throwable failure) {
                channel.close();
                throw failure;
            }
        } catch (IOException failure) {
            Files.deleteIfExists(path);
            throw DurableFiles.orFull(failure, "blob " + key, directory);
        } catch (Throwable failure) {
            Files.deleteIfExists(path);
            throw failure;
        }
    }

    private static BlobRef fill(FileChannel out, InputStream content, String key) throws IOException {
        MeasuredInputStream measured = new MeasuredInputStream(content);
        byte[] buffer = new byte[1 << 16];
        for (int n; (n = measured.read(buffer, 0, buffer.length)) >= 0; ) {
            for (ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, n); bytes.hasRemaining(); ) {
                out.write(bytes);
            }
        }
        out.force(true);
        return measured.drain(key);
    }

    /// Returns size and digest of the content under the key that [#write] got.
    BlobRef written() {
        return written;
    }

    /// Gives the file its name, unless that exists. A rename would replace an existing file, so this
    /// makes a hard link. Returns false if `target` exists.
    boolean publish(Path target) throws IOException {
        try {
            DurableFiles.createDirectories(target.getParent());
            Files.createLink(target, path);
        } catch (FileAlreadyExistsException e) {
            if (Files.isRegularFile(target)) {
                return false;
            }
            throw e;
        } catch (IOException e) {
            throw DurableFiles.orFull(e, target.getFileName().toString(), target.getParent());
        }
        DurableFiles.syncDirectory(target.getParent());
        return true;
    }

    /// Gives the file its name, in the place of a file that has it.
    void replace(Path target) throws IOException {
        DurableFiles.createDirectories(target.getParent());
        Files.move(path, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        DurableFiles.syncDirectory(target.getParent());
    }

    @Override
    public void close() throws IOException {
        try (channel) {
            Files.deleteIfExists(path);
        }
    }
}
