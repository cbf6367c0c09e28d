package dev.finetide.cli.files;

import dev.finetide.cli.CommandFailedException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/// A file that appears under its name only when it is complete. Until [#publish] it is named `.NAME.partial-…`. It is
/// deleted when closed, and when the process is told to stop. No file is overwritten.
public final class WholeFile implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 16;

    private final Path target;
    private final Path unfinished;
    private final FileChannel channel;
    private final OutputStream out;
    private final Thread onExit;

    private WholeFile(Path target, Path unfinished) throws IOException {
        this.target = target;
        this.unfinished = unfinished;
        this.channel = FileChannel.open(unfinished, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        this.out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
        this.onExit = new Thread(() -> delete(unfinished), "remove-unfinished-file");
        Runtime.getRuntime().addShutdownHook(onExit);
    }

    /// @throws CommandFailedException REFUSED if the target exists
    public static WholeFile create(Path target) throws IOException {
        refuseUsed(target);
        Path absolute = target.toAbsolutePath().normalize();
        String random = UUID.randomUUID().toString().substring(0, 8);
        return new WholeFile(absolute, absolute.resolveSibling("." + absolute.getFileName() + ".partial-" + random));
    }

    /// @throws CommandFailedException REFUSED if the target exists
    public static void refuseUsed(Path target) {
        if (Files.exists(target)) {
            throw CommandFailedException.refused(target + " exists, and nothing is ever overwritten");
        }
    }

    public OutputStream out() {
        return out;
    }

    /// Forgets all that was written, to begin with the first byte again.
    public void restart() throws IOException {
        out.flush();
        channel.truncate(0);
    }

    /// Gives the file its name.
    public void publish() throws IOException {
        out.flush();
        channel.force(true);
        out.close();
        refuseUsed(target);
        Files.move(unfinished, target); // refuses a target that appeared meanwhile
    }

    @Override
    public void close() throws IOException {
        channel.close();
        try {
            Runtime.getRuntime().removeShutdownHook(onExit);
        } catch (IllegalStateException stopping) {
            return; // the shutdown hook deletes the file
        }
        delete(unfinished);
    }

    private static void delete(Path unfinished) {
        try {
            Files.deleteIfExists(unfinished);
        } catch (IOException kept) {
            Thread.onSpinWait(); // a file named .partial stays, which nobody takes for the result
        }
    }
}
