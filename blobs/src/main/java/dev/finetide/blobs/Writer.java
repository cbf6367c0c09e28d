package dev.finetide.blobs;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The process that writes temporary files. Their names tell it, and it holds the kernel's locks of
/// them, which end with it.
///
/// @param kernel  the running kernel, on which locks of all its processes are seen
/// @param process the process
record Writer(String kernel, String process) {
    /// This process.
    static final Writer SELF =
            new Writer(bootId(), UUID.randomUUID().toString().replace("-", "").substring(0, 16));

    private static final Pattern NAME = Pattern.compile(".*\\bk([0-9a-f]+)-p([0-9a-f]+)-[0-9a-f-]+\\b.*");

    /// Time without a write after which a writer elsewhere counts as dead. A live writer is faster,
    /// even on a slow source.
    private static final Duration SILENT = Duration.ofHours(24);

    /// Time that a new file has until its writer holds the lock.
    private static final Duration NEW = Duration.ofSeconds(10);

    /// Returns a name that no other file has, and that tells this writer.
    String newName() {
        return "k" + kernel + "-p" + process + "-" + UUID.randomUUID();
    }

    /// Returns the writer of a file; empty if its name tells none.
    static Optional<Writer> of(Path file) {
        Matcher name = NAME.matcher(file.getFileName().toString());
        return name.matches() ? Optional.of(new Writer(name.group(1), name.group(2))) : Optional.empty();
    }

    /// Locks a file that this process writes.
    static void lock(FileChannel channel) {
        try {
            channel.tryLock();
        } catch (IOException none) {
            // A file system without locks. Nobody else can lock the file either, so its age decides.
        }
    }

    /// An action on a file.
    interface Action {
        void run() throws IOException;
    }

    /// Deletes what a writer left behind if that writer has died. A writer of this kernel, in another
    /// container too, is dead when nobody holds its lock; one of another machine, on a disk that
    /// machines share, when nobody has written for a day. This process is alive.
    ///
    /// @param named    file or directory whose name tells the writer
    /// @param locked   file whose lock the writer holds
    /// @param age      time since the last write
    /// @param deletion deletes what was left
    static void deleteIfDead(Path named, Path locked, Duration age, Action deletion) throws IOException {
        Optional<Writer> writer = of(named);
        if (writer.equals(Optional.of(SELF))) {
            return;
        }
        boolean neighbour = writer.isPresent() && writer.get().kernel().equals(SELF.kernel());
        if (!neighbour) {
            if (age.compareTo(SILENT) > 0) {
                deletion.run();
            }
        } else if (age.compareTo(NEW) > 0) {
            deleteIfUnlocked(locked, age, deletion);
        }
    }

    private static void deleteIfUnlocked(Path locked, Duration age, Action deletion) throws IOException {
        try (FileChannel channel = FileChannel.open(locked, StandardOpenOption.WRITE)) {
            boolean abandoned;
            try (FileLock lock = channel.tryLock()) {
                abandoned = lock != null;
            } catch (IOException noLocks) {
                abandoned = age.compareTo(SILENT) > 0;
            }
            if (abandoned) {
                deletion.run();
            }
        }
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
