package dev.finetide.kit.launch;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.jboss.logging.Logger;

/// Deletes the scratch directories of attempts whose worker has gone. A worker deletes its own when it
/// ends; a worker that was killed leaves it, with a copy of the base.
final class AttemptScratch {
    private static final Logger LOG = Logger.getLogger(AttemptScratch.class);
    private static final String NAMES = "scratch-*";

    private AttemptScratch() {}

    /// Deletes the scratch directories of one attempt. A failure is told in the log: scratch hinders
    /// nobody.
    ///
    /// @param attempt directory of the attempt, whose worker has gone
    static void delete(Path attempt) {
        try {
            for (Path scratch : list(attempt, NAMES)) {
                deleteTree(scratch);
                LOG.infof("scratch of an ended worker deleted directory=%s", scratch);
            }
        } catch (IOException e) {
            LOG.warn("scratch of an ended worker not deleted: " + e);
        }
    }

    /// Returns the directories of attempts that have scratch.
    ///
    /// @param workers directory of all attempts
    static List<Path> attempts(Path workers) throws IOException {
        List<Path> found = new ArrayList<>();
        for (Path resource : list(workers, "*")) {
            for (Path attempt : list(resource, "attempt-*")) {
                if (!list(attempt, NAMES).isEmpty()) {
                    found.add(attempt);
                }
            }
        }
        return found;
    }

    /// Lists the directories in a directory, which may be absent.
    private static List<Path> list(Path directory, String names) throws IOException {
        List<Path> found = new ArrayList<>();
        if (Files.isDirectory(directory)) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, names)) {
                for (Path entry : entries) {
                    if (Files.isDirectory(entry)) {
                        found.add(entry);
                    }
                }
            }
        }
        return found;
    }

    private static void deleteTree(Path tree) throws IOException {
        Files.walkFileTree(tree, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException e) throws IOException {
                Files.deleteIfExists(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
