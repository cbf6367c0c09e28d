package dev.finetide.training;

import dev.finetide.blobs.BlobEntry;
import dev.finetide.blobs.BlobStore;
import dev.finetide.proto.worker.v1.Checkpoint;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;

/// Deletes checkpoints from the blob store that no attempt will resume from: those beyond
/// `save_total_limit`, those of attempts that were lost while they wrote, and all checkpoints of a run
/// that succeeded. Deletes all blobs of a run that was deleted.
///
/// The list of deletions follows from the stored files and from the checkpoints that the run keeps. The
/// run stays marked until all are deleted. So this process may be killed at any time, a deletion may be
/// repeated, and two replicas may work at the same time.
final class CheckpointRetention {
    private static final Logger LOG = Logger.getLogger(CheckpointRetention.class);
    private static final Pattern FOLDER = Pattern.compile("(.*/attempts/(\\d{1,18})/checkpoints/step-(\\d{1,9})/).*");
    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofMinutes(1);
    private static final int RUNS_AT_ONCE = 100;

    private final RunStore store;
    private final BlobStore blobs;
    private final Executor executor;
    private final Clock clock;
    private final AtomicBoolean busy = new AtomicBoolean();
    private volatile Instant notBefore = Instant.EPOCH;

    /// @param executor runs the deletions, which wait for the blob store
    CheckpointRetention(RunStore store, BlobStore blobs, Executor executor, Clock clock) {
        this.store = store;
        this.blobs = blobs;
        this.executor = executor;
        this.clock = clock;
    }

    /// Deletes for all marked runs, without blocking the caller. Does nothing while an earlier call
    /// still works.
    void apply() {
        if (clock.instant().isBefore(notBefore) || !busy.compareAndSet(false, true)) {
            return;
        }
        executor.execute(() -> {
            try {
                store.withSuperseded(RUNS_AT_ONCE).forEach(this::apply);
            } catch (RuntimeException failure) {
                pause("all", failure);
            } finally {
                busy.set(false);
            }
        });
    }

    private void apply(Run run) {
        try {
            for (String folder : run.isDeleted() ? Set.of(run.blobPrefix()) : superseded(run)) {
                blobs.delete(folder);
            }
        } catch (IOException failure) {
            pause(run.name(), failure);
            return;
        }
        store.transact(() -> {
            store.lock(run.name())
                    .filter(now -> now.checkpoints().equals(run.checkpoints())
                            && now.hasEnded() == run.hasEnded()
                            && now.isDeleted() == run.isDeleted())
                    .ifPresent(same -> store.supersededDeleted(same.name()));
            return null;
        });
    }

    private Set<String> superseded(Run run) throws IOException {
        Set<String> folders = new TreeSet<>();
        for (BlobEntry blob : blobs.list(run.blobPrefix() + "attempts/")) {
            Matcher folder = FOLDER.matcher(blob.key());
            if (folder.matches()
                    && !isKept(run, folder.group(1))
                    && (run.hasEnded()
                            || isPassed(run, Long.parseLong(folder.group(2)), Long.parseLong(folder.group(3))))) {
                folders.add(folder.group(1));
            }
        }
        return folders;
    }

    private static boolean isKept(Run run, String folder) {
        return run.checkpoints().stream()
                .flatMap(checkpoint -> checkpoint.getFilesList().stream())
                .anyMatch(file -> file.getBlobKey().startsWith(folder));
    }

    /// Returns whether the newest complete checkpoint came after this one. A checkpoint after the newest
    /// may still be on its way.
    private static boolean isPassed(Run run, long epoch, long step) {
        if (run.checkpoints().isEmpty()) {
            return false;
        }
        Checkpoint newest = run.checkpoints().getFirst();
        return epoch < newest.getEpoch() || epoch == newest.getEpoch() && step < newest.getStep();
    }

    private void pause(String run, Exception failure) {
        notBefore = clock.instant().plus(PAUSE_AFTER_FAILURE);
        LOG.warnf("superseded checkpoints not deleted, trying again run=%s reason=%s", run, failure.getMessage());
    }
}
