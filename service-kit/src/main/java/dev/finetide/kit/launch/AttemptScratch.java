package dev.finetide.kit.launch;

import dev.finetide.blobs.FolderTree;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
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
                FolderTree.delete(scratch);
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
}
