package dev.finetide.cli.files;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.embedded.DirectoryTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;
import java.util.stream.Stream;

/// A directory that appears under its name only when it is complete. Until [#publish] it is named `.NAME.partial-…`,
/// in the parent directory of its target. It is deleted when closed, and when the process is told to stop.
public final class UnfinishedDirectory implements AutoCloseable {
    private static final int TRIES = 50;

    private final Path target;
    private final Path path;
    private final Thread onExit;
    private boolean published;

    private UnfinishedDirectory(Path target, Path path) {
        this.target = target;
        this.path = path;
        this.onExit = new Thread(() -> deleteTree(path), "remove-unfinished");
        Runtime.getRuntime().addShutdownHook(onExit);
    }

    /// Creates a directory for a target.
    ///
    /// @throws CommandFailedException REFUSED if the target exists and is not an empty directory
    public static UnfinishedDirectory beside(Path target) throws IOException {
        Path absolute = target.toAbsolutePath().normalize();
        refuseUsed(absolute, target);
        Path parent = absolute.getParent();
        if (parent == null) {
            throw CommandFailedException.refused(target + " cannot be a target directory");
        }
        Files.createDirectories(parent);
        // createTempDirectory would ignore the user's umask, which decides who can read the published
        // directory.
        String random = UUID.randomUUID().toString().substring(0, 8);
        Path path = Files.createDirectory(parent.resolve("." + absolute.getFileName() + ".partial-" + random));
        return new UnfinishedDirectory(absolute, path);
    }

    private static void refuseUsed(Path absolute, Path asTyped) throws IOException {
        if (Files.isDirectory(absolute)) {
            try (Stream<Path> inside = Files.list(absolute)) {
                if (inside.findAny().isPresent()) {
                    throw CommandFailedException.refused(
                            "directory " + asTyped + " is not empty; nothing in it is ever overwritten");
                }
            }
        } else if (Files.exists(absolute)) {
            throw CommandFailedException.refused(asTyped + " is a file, expected a directory or nothing");
        }
    }

    public Path path() {
        return path;
    }

    /// Gives the directory its name. An empty directory of that name is replaced.
    public synchronized void publish() throws IOException {
        Files.move(path, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        published = true;
    }

    @Override
    public synchronized void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(onExit);
        } catch (IllegalStateException stopping) {
            return; // the shutdown hook deletes the directory
        }
        if (!published) {
            deleteTree(path);
        }
    }

    /// Deletes a directory tree, also while another thread is still writing into it.
    public static void deleteTree(Path root) {
        for (int attempt = 0; Files.exists(root) && attempt < TRIES; attempt++) {
            try {
                DirectoryTree.delete(root);
            } catch (IOException | UncheckedIOException e) {
                Thread.onSpinWait(); // a file was added or removed meanwhile: try again
            }
        }
    }
}
