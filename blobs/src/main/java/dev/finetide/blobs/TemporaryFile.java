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
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A file that is written and flushed under a temporary name, and then gets its name in one step.
/// Closing it deletes the temporary name, whatever happened before.
///
/// The writer holds the kernel's lock of the file, which ends with the writer's process. So
/// [AbandonedFiles] can tell a dead writer from a slow one.
final class TemporaryFile implements AutoCloseable {
    private static final Pattern NAME = Pattern.compile("\\.([0-9a-f]+)-([0-9a-f]+)-[0-9a-f-]+\\.part");

    private final Path path;
    private final FileChannel channel;
    private final BlobRef written;

    /// The writer that a temporary file's name tells.
    ///
    /// @param kernel  the running kernel, on which locks of all its processes are seen
    /// @param process the process
    record Writer(String kernel, String process) {
        /// This process.
        static final Writer SELF = new Writer(
                bootId(), UUID.randomUUID().toString().replace("-", "").substring(0, 16));

        /// Returns the writer of a file; empty if the name is none that this class gives.
        static Optional<Writer> of(Path file) {
            Matcher name = NAME.matcher(file.getFileName().toString());
            return name.matches() ? Optional.of(new Writer(name.group(1), name.group(2))) : Optional.empty();
        }

        /// Returns the id of this boot of the kernel; a random one where the kernel has none, so that
        /// nobody else is taken for a neighbour.
        private static String bootId() {
            try {
                return Files.readString(Path.of("/proc/sys/kernel/random/boot_id"))
                        .strip()
                        .replaceAll("[^0-9a-f]", "");
            } catch (IOException unknown) {
                return UUID.randomUUID().toString().replace("-", "");
            }
        }
    }

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
        Path path = directory.resolve(
                ".%s-%s-%s.part".formatted(Writer.SELF.kernel(), Writer.SELF.process(), UUID.randomUUID()));
        try {
            DurableFiles.createDirectories(directory);
            FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            try {
                lock(channel);
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

    private static void lock(FileChannel channel) {
        try {
            channel.tryLock();
        } catch (IOException none) {
            // A file system without locks. Nobody else can lock the file either, so its age decides.
        }
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
