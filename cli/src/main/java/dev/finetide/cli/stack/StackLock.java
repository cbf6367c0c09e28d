package dev.finetide.cli.stack;

import dev.finetide.cli.CommandFailedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/// Lock that allows only one stack on a data directory. The kernel frees this file lock however its holder ends. The
/// file also marks a directory as Finetide's.
final class StackLock implements AutoCloseable {

    private static final String FILE = "stack.lock";

    private final FileChannel channel;

    private StackLock(FileChannel channel) {
        this.channel = channel;
    }

    /// @throws CommandFailedException if another process holds it, naming that process
    static StackLock acquire(Path data) throws IOException {
        Files.createDirectories(data);
        Path file = data.resolve(FILE);
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        if (!tryLock(channel)) {
            channel.close();
            throw CommandFailedException.refused("another finetide (pid " + pidIn(file) + ") is running on " + data
                    + ": use it, stop it with finetide down --data " + data + ", or choose another --data");
        }
        channel.truncate(0);
        channel.write(
                ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
        return new StackLock(channel);
    }

    /// Returns the pid of the process that runs a stack on this directory.
    static Optional<Long> holder(Path data) throws IOException {
        if (!isMarked(data)) {
            return Optional.empty();
        }
        Path file = data.resolve(FILE);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return tryLock(channel) ? Optional.empty() : Optional.of(Long.parseLong(pidIn(file)));
        }
    }

    /// Tells whether a stack ever ran on this directory.
    static boolean isMarked(Path data) {
        return Files.exists(data.resolve(FILE));
    }

    static boolean isMark(Path file) {
        return file.getFileName().toString().equals(FILE);
    }

    private static String pidIn(Path file) throws IOException {
        return Files.readString(file).strip();
    }

    /// Tries to lock the file; closing the channel frees the lock.
    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
