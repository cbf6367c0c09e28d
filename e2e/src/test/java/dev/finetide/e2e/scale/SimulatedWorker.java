package dev.finetide.e2e.scale;

import com.google.protobuf.util.Timestamps;
import dev.finetide.proto.auth.AttemptToken;
import dev.finetide.proto.blob.FileSet;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.model.v1.ModelKind;
import dev.finetide.proto.training.v1.TrainingOutput;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.work.v1.WorkError;
import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.proto.worker.v1.Checkpoint;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerFailed;
import dev.finetide.proto.worker.v1.WorkerSpec;
import dev.finetide.proto.worker.v1.WorkerStarted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/// The worker of one simulated attempt, which reports under the epoch that it has claimed. Every step's loss is the
/// epoch, so that the run's history shows who wrote it.
final class SimulatedWorker {
    static final int STEPS = 3;

    /// The step that a worker reports after its successor has begun.
    static final int LATE = 999;

    private final WorkerSpec spec;
    private final long epoch;
    private final KafkaProducer<String, byte[]> producer;
    private long sequence;

    SimulatedWorker(WorkerSpec spec, long epoch, KafkaProducer<String, byte[]> producer) {
        this.spec = spec;
        this.epoch = epoch;
        this.producer = producer;
    }

    WorkerSpec spec() {
        return spec;
    }

    long epoch() {
        return epoch;
    }

    void started(int resumedFrom) {
        report(WorkerEvent.newBuilder()
                .setStarted(WorkerStarted.newBuilder()
                        .setHost("simulated")
                        .setDevice("simulated GPU")
                        .setResumedFromStep(resumedFrom)));
    }

    void step(int step) {
        report(WorkerEvent.newBuilder()
                .setStep(TrainingProgress.newBuilder()
                        .setStep(step)
                        .setTotalSteps(STEPS)
                        .setLoss(epoch)
                        .setTokens(100)));
    }

    void checkpoint(int step) {
        report(WorkerEvent.newBuilder()
                .setCheckpoint(Checkpoint.newBuilder()
                        .setStep(step)
                        .setEpoch(epoch)
                        .addFiles(stored("checkpoints/step-%08d/state.json".formatted(step)))));
    }

    void finished(int steps) {
        BlobFile file = stored("adapter_model.safetensors");
        report(WorkerEvent.newBuilder()
                .setTrainingFinished(TrainingOutput.newBuilder()
                        .setKind(ModelKind.ADAPTER)
                        .addFiles(file)
                        .setDigest(FileSet.digest(List.of(file)))
                        .setFinalLoss(epoch)
                        .setSteps(steps)
                        .setResultStep(steps)));
    }

    /// Stores a file as a directory of blobs keeps it, and names it with a digest that tells the epoch.
    private BlobFile stored(String name) {
        String key = spec.getBlobPrefix() + "attempts/" + epoch + "/" + name;
        Path file = Path.of(URI.create(spec.getBlobsUri())).resolve(key);
        try {
            Files.createDirectories(file.getParent());
            Files.write(file, new byte[8]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return BlobFile.newBuilder()
                .setPath(file.getFileName().toString())
                .setSha256("%064x".formatted(epoch))
                .setSizeBytes(8)
                .setBlobKey(key)
                .build();
    }

    void failed(boolean retryable) {
        report(WorkerEvent.newBuilder()
                .setFailed(WorkerFailed.newBuilder()
                        .setError(WorkError.newBuilder()
                                .setReason(retryable ? WorkReason.WORKER_FAILED : WorkReason.INVALID_DATA)
                                .setMessage("simulated"))
                        .setRetryable(retryable)));
    }

    private void report(WorkerEvent.Builder event) {
        byte[] value = event.setResource(spec.getResource())
                .setAttempt(spec.getAttempt())
                .setEpoch(epoch)
                .setSequence(++sequence)
                .setTime(Timestamps.now())
                .build()
                .toByteArray();
        ProducerRecord<String, byte[]> record = new ProducerRecord<>("finetide.worker.v1", spec.getResource(), value);
        record.headers()
                .add(
                        AttemptToken.SEAL_HEADER,
                        AttemptToken.seal(spec.getAttemptToken(), value).getBytes(StandardCharsets.UTF_8));
        producer.send(record);
    }

    /// Returns when the broker has taken every report.
    void flush() {
        producer.flush();
    }
}
