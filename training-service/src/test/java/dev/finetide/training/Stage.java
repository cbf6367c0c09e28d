package dev.finetide.training;

import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.blobs.InMemoryBlobStore;
import dev.finetide.kit.attempt.ManualReception;
import dev.finetide.kit.attempt.WorkerWatch;
import dev.finetide.kit.attempt.Workers;
import dev.finetide.kit.auth.AttemptTokens;
import dev.finetide.kit.event.RecordingPublisher;
import dev.finetide.kit.launch.FakeLauncher;
import dev.finetide.kit.launch.WorkerSite;
import dev.finetide.kit.limit.Limits;
import dev.finetide.kit.limit.TestLimits;
import dev.finetide.kit.time.ManualClock;
import dev.finetide.proto.blob.FileSet;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.model.v1.ModelKind;
import dev.finetide.proto.training.v1.CancelTrainingRunRequest;
import dev.finetide.proto.training.v1.CreateTrainingRunRequest;
import dev.finetide.proto.training.v1.Method;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingOutput;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.WorkError;
import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.proto.worker.v1.Checkpoint;
import dev.finetide.proto.worker.v1.ClaimAttemptRequest;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerFailed;
import dev.finetide.proto.worker.v1.WorkerHeartbeat;
import dev.finetide.proto.worker.v1.WorkerStarted;
import dev.finetide.proto.worker.v1.WorkerStopped;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;

/// Builds a training service of fakes, and plays its workers.
final class Stage {
    final ManualClock clock = new ManualClock();
    final RunStore store = new InMemoryRunStore();
    final RecordingPublisher published = new RecordingPublisher();
    final FakeLauncher launcher = new FakeLauncher();
    final FakeCatalog catalog = new FakeCatalog();
    final InMemoryBlobStore blobs = new InMemoryBlobStore();
    final ManualReception reception = new ManualReception(clock);
    /// The blob store of the service, from its next start on.
    BlobStore files = blobs;
    /// Limits of the service, from its next start on.
    Limits limits = TestLimits.none();
    TrainingRuns runs = service(1);

    /// Returns the service as it is after a start: same store, same workers, nothing remembered.
    TrainingRuns service(int maxConcurrentRuns) {
        TrainingRuns service = new TrainingRuns(
                store,
                published,
                catalog,
                new Workers(launcher, clock::moment),
                new WorkerWatch(ManualReception.LIMITS, reception, clock::moment),
                new WorkerSite(
                        "127.0.0.1:9102", "127.0.0.1:9092", "file:///blobs", "/devices", AttemptTokens.ofRandomKey()),
                new CheckpointRetention(store, files, Runnable::run, clock),
                files,
                limits,
                maxConcurrentRuns,
                clock);
        service.takeOver();
        return service;
    }

    void restart() {
        runs = service(1);
    }

    String aQueuedRun() {
        return aQueuedRun(config().build());
    }

    String aQueuedRun(TrainingConfig config) {
        clock.advance(Duration.ofMillis(5));
        return runs.create(request(config).build()).getName();
    }

    String aStartingRun() {
        String name = aQueuedRun();
        runs.tick();
        return name;
    }

    Worker aRunningRun() {
        Worker worker = worker(aStartingRun());
        worker.started();
        return worker;
    }

    /// Returns the worker of the run's current attempt, which has claimed its epoch.
    Worker worker(String run) {
        ClaimAttemptResponse claim = claim(run, runs.get(run).getAttempt());
        return new Worker(run, claim.getEpoch());
    }

    ClaimAttemptResponse claim(String run, int attempt) {
        return runs.claim(ClaimAttemptRequest.newBuilder()
                .setResource(run)
                .setAttempt(attempt)
                .build());
    }

    void cancel(String run) {
        runs.cancel(CancelTrainingRunRequest.newBuilder().setName(run).build());
    }

    State state(String run) {
        return runs.get(run).getState();
    }

    void tickFor(int seconds) {
        for (int i = 0; i < seconds; i++) {
            clock.advance(Duration.ofSeconds(1));
            runs.tick();
        }
    }

    static CreateTrainingRunRequest.Builder request(TrainingConfig config) {
        return CreateTrainingRunRequest.newBuilder()
                .setParent("projects/default")
                .setConfig(config);
    }

    static TrainingConfig.Builder config() {
        return TrainingConfig.newBuilder()
                .setDatasetVersion(FakeCatalog.DATASET + "latest")
                .setBase(FakeCatalog.BASE)
                .setMethod(Method.LORA);
    }

    /// Returns the prefix below which the worker with this epoch writes.
    static String prefix(String run, long epoch) {
        return "trainingRuns/default/%s/attempts/%d/".formatted(run.substring(run.lastIndexOf('/') + 1), epoch);
    }

    /// Stores the output of the worker with this epoch.
    static TrainingOutput anOutput(BlobStore blobs, String run, long epoch) {
        BlobFile file = stored(blobs, prefix(run, epoch) + "model/adapter_model.safetensors", 7);
        return TrainingOutput.newBuilder()
                .setKind(ModelKind.ADAPTER)
                .setDigest(FileSet.digest(List.of(file)))
                .addFiles(file)
                .build();
    }

    /// Stores a file.
    static BlobFile stored(BlobStore blobs, String key, int bytes) {
        try {
            BlobRef blob = blobs.put(key, new ByteArrayInputStream(new byte[bytes]));
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

    /// Plays one worker process: numbers its reports.
    final class Worker {
        final String run;
        final long epoch;
        private final int attempt;
        private long sequence;

        Worker(String run, long epoch) {
            this.run = run;
            this.epoch = epoch;
            this.attempt = runs.get(run).getAttempt();
        }

        TrainingOutput anOutput() {
            return Stage.anOutput(blobs, run, epoch);
        }

        WorkerEvent.Builder next() {
            return WorkerEvent.newBuilder()
                    .setResource(run)
                    .setAttempt(attempt)
                    .setEpoch(epoch)
                    .setSequence(++sequence);
        }

        private WorkerEvent send(WorkerEvent.Builder report) {
            WorkerEvent event = report.build();
            runs.on(event);
            return event;
        }

        WorkerEvent started() {
            return send(next().setStarted(WorkerStarted.newBuilder().setDevice("cpu (2 threads)")));
        }

        WorkerEvent heartbeat() {
            return send(next().setHeartbeat(WorkerHeartbeat.getDefaultInstance()));
        }

        WorkerEvent step(int step) {
            return send(next().setStep(TrainingProgress.newBuilder().setStep(step)));
        }

        WorkerEvent checkpoint(int step) {
            return send(next().setCheckpoint(Checkpoint.newBuilder()
                    .setStep(step)
                    .setEpoch(epoch)
                    .addFiles(stored(
                            blobs,
                            "%scheckpoints/step-%08d/trained.safetensors".formatted(prefix(run, epoch), step),
                            10))));
        }

        WorkerEvent finished() {
            return finished(anOutput());
        }

        WorkerEvent finished(TrainingOutput output) {
            return send(next().setTrainingFinished(output));
        }

        WorkerEvent failed(WorkReason reason, boolean retryable) {
            return send(next().setFailed(WorkerFailed.newBuilder()
                    .setError(WorkError.newBuilder().setReason(reason).setMessage("it went wrong"))
                    .setRetryable(retryable)));
        }

        WorkerEvent stopped() {
            return send(next().setStopped(WorkerStopped.getDefaultInstance()));
        }
    }
}
