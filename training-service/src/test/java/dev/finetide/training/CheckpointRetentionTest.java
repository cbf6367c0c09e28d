package dev.finetide.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.blobs.BlobEntry;
import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.training.v1.StoredCheckpoint;
import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.proto.worker.v1.Checkpoint;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Tests which checkpoints of a run stay in the blob store, whatever happens to its workers and to the service.
class CheckpointRetentionTest {
    private final Stage stage = new Stage();

    @Test
    void theLastCheckpointsStayAndTheRunShowsThem() {
        Stage.Worker worker = stage.aRunningRun();
        for (int step = 50; step <= 200; step += 50) {
            saved(worker, step);
            stage.tickFor(1);
        }
        assertThat(folders(worker.run)).containsExactly("2/checkpoints/step-00000150", "2/checkpoints/step-00000200");
        assertThat(stage.runs.get(worker.run).getCheckpointsList())
                .extracting(StoredCheckpoint::getStep)
                .containsExactly(200, 150);
        assertThat(stage.runs.get(worker.run).getCheckpoints(0).getSizeBytes()).isEqualTo(14);
    }

    @Test
    void whatTheWorkerStillWritesIsLeftAlone() {
        Stage.Worker worker = stage.aRunningRun();
        saved(worker, 50);
        stored(worker, 100);
        stage.tickFor(1);
        assertThat(folders(worker.run)).containsExactly("2/checkpoints/step-00000050", "2/checkpoints/step-00000100");
    }

    @Test
    void whatALostAttemptLeftGoesWithTheFirstCheckpointOfTheNext() {
        Stage.Worker first = stage.aRunningRun();
        saved(first, 50);
        stored(first, 100);
        stage.tickFor(32);
        Stage.Worker second = stage.worker(first.run);
        second.started();
        stage.tickFor(1);
        assertThat(folders(first.run)).hasSize(2);
        saved(second, 100);
        stage.tickFor(1);
        assertThat(folders(first.run)).containsExactly("2/checkpoints/step-00000050", "4/checkpoints/step-00000100");
    }

    @Test
    void aRunThatSucceededKeepsItsResultOnly() {
        Stage.Worker worker = stage.aRunningRun();
        saved(worker, 50);
        put(prefix(worker) + "model/adapter_model.safetensors");
        worker.finished();
        stage.runs.tick();
        assertThat(folders(worker.run)).containsExactly("2/model");
        assertThat(stage.runs.get(worker.run).getCheckpointsList()).isEmpty();
        assertThat(stage.store.withSuperseded(10)).isEmpty();
    }

    @Test
    void aRunThatFailedOrWasCancelledKeepsItsLastCheckpoints() {
        Stage.Worker failed = stage.aRunningRun();
        saved(failed, 50);
        stored(failed, 100);
        failed.failed(WorkReason.DIVERGED, false);
        stage.runs.tick();
        assertThat(folders(failed.run)).containsExactly("2/checkpoints/step-00000050");
        Stage.Worker cancelled = stage.aRunningRun();
        saved(cancelled, 50);
        stage.cancel(cancelled.run);
        saved(cancelled, 60);
        saved(cancelled, 70);
        cancelled.stopped();
        stage.runs.tick();
        assertThat(folders(cancelled.run))
                .containsExactly("2/checkpoints/step-00000060", "2/checkpoints/step-00000070");
    }

    @Test
    void aServiceThatIsKilledBeforeTheDeletionMakesUpForIt() {
        Stage.Worker worker = stage.aRunningRun();
        saved(worker, 50);
        worker.finished();
        stage.restart();
        stage.runs.tick();
        assertThat(folders(worker.run)).containsExactly("2/model");
    }

    @Test
    void aBlobStoreThatIsAwayIsTriedAgainLater() {
        Stage.Worker worker = stage.aRunningRun();
        saved(worker, 50);
        worker.finished();
        boolean[] away = {true};
        CheckpointRetention retention =
                new CheckpointRetention(stage.store, failing(stage.blobs, away), Runnable::run, stage.clock);
        retention.apply();
        assertThat(stage.store.withSuperseded(10)).hasSize(1);
        away[0] = false;
        retention.apply();
        assertThat(folders(worker.run)).containsExactly("2/checkpoints/step-00000050", "2/model");
        stage.clock.advance(Duration.ofMinutes(1));
        retention.apply();
        assertThat(folders(worker.run)).containsExactly("2/model");
        assertThat(stage.store.withSuperseded(10)).isEmpty();
    }

    /// A checkpoint that came while the others were deleted is handled the next time.
    @Test
    void aCheckpointThatComesMeanwhileIsNotForgotten() {
        Stage.Worker worker = stage.aRunningRun();
        saved(worker, 50);
        CheckpointRetention retention = new CheckpointRetention(
                stage.store,
                told(stage.blobs, () -> {
                    saved(worker, 100);
                    saved(worker, 150);
                }),
                Runnable::run,
                stage.clock);
        retention.apply();
        assertThat(stage.store.withSuperseded(10)).hasSize(1);
        stage.runs.tick();
        assertThat(folders(worker.run)).containsExactly("2/checkpoints/step-00000100", "2/checkpoints/step-00000150");
    }

    private void saved(Stage.Worker worker, int step) {
        stage.runs.on(worker.next()
                .setCheckpoint(Checkpoint.newBuilder()
                        .setStep(step)
                        .setEpoch(worker.epoch)
                        .addAllFiles(stored(worker, step)))
                .build());
    }

    /// Stores a checkpoint that the worker does not report.
    private List<BlobFile> stored(Stage.Worker worker, int step) {
        String folder = "%scheckpoints/step-%08d/".formatted(prefix(worker), step);
        return List.of(put(folder + "trained.safetensors"), put(folder + "manifest.json"));
    }

    private BlobFile put(String key) {
        try {
            BlobRef blob = stage.blobs.put(key, new ByteArrayInputStream(new byte[7]));
            return BlobFile.newBuilder()
                    .setPath(key.substring(key.lastIndexOf('/') + 1))
                    .setBlobKey(blob.key())
                    .setSizeBytes(blob.size())
                    .setSha256(blob.sha256())
                    .build();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String prefix(Stage.Worker worker) {
        return "trainingRuns/default/" + id(worker.run) + "/attempts/" + worker.epoch + "/";
    }

    private static String id(String run) {
        return run.substring(run.lastIndexOf('/') + 1);
    }

    /// Lists the folders of the run below `attempts/`.
    private List<String> folders(String run) {
        String prefix = "trainingRuns/default/" + id(run) + "/attempts/";
        return stage.blobs.list(prefix).stream()
                .map(BlobEntry::key)
                .map(key -> key.substring(prefix.length(), key.lastIndexOf('/')))
                .distinct()
                .toList();
    }

    private static BlobStore failing(BlobStore blobs, boolean[] away) {
        return before(blobs, () -> {
            if (away[0]) {
                throw new IOException("the store is away");
            }
        });
    }

    private static BlobStore told(BlobStore blobs, Runnable listing) {
        return before(blobs, listing::run);
    }

    private interface Before {
        void call() throws IOException;
    }

    private static BlobStore before(BlobStore blobs, Before before) {
        return (BlobStore) Proxy.newProxyInstance(
                BlobStore.class.getClassLoader(), new Class<?>[] {BlobStore.class}, (proxy, method, arguments) -> {
                    before.call();
                    return method.invoke(blobs, arguments);
                });
    }
}
