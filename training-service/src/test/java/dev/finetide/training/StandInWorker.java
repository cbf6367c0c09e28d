package dev.finetide.training;

import com.google.protobuf.util.JsonFormat;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.training.v1.TrainingOutput;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.worker.v1.AttemptServiceGrpc;
import dev.finetide.proto.worker.v1.Checkpoint;
import dev.finetide.proto.worker.v1.ClaimAttemptRequest;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerSpec;
import dev.finetide.proto.worker.v1.WorkerStarted;
import dev.finetide.proto.worker.v1.WorkerStopped;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/// A program that speaks a worker's part without training: `max_steps` steps of 50 ms, a checkpoint every tenth. What
/// goes wrong is told by the run's seed.
public final class StandInWorker {
    /// The first attempt dies without a word at step 15.
    static final int DIES_ONCE = 137;

    /// Ends at once with exit code 66 and no report.
    static final int MISSES_INPUT = 66;

    /// Of each step.
    static final int TOKENS = 100;

    private final WorkerSpec spec;
    private final long epoch;
    private final KafkaProducer<String, byte[]> producer;
    private long sequence;

    private StandInWorker(WorkerSpec spec, long epoch) {
        this.spec = spec;
        this.epoch = epoch;
        this.producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", spec.getBootstrapServers()),
                new StringSerializer(),
                new ByteArraySerializer());
    }

    public static void main(String[] arguments) throws Exception {
        WorkerSpec.Builder spec = WorkerSpec.newBuilder();
        JsonFormat.parser().merge(Files.readString(Path.of(arguments[2])), spec);
        System.out.println("attempt " + spec.getAttempt() + " starts");
        if (spec.getTrain().getConfig().getSeed() == MISSES_INPUT) {
            System.exit(MISSES_INPUT);
        }
        ManagedChannel channel = ManagedChannelBuilder.forTarget(spec.getServiceEndpoint())
                .usePlaintext()
                .build();
        ClaimAttemptResponse claim = AttemptServiceGrpc.newBlockingStub(channel)
                .claimAttempt(ClaimAttemptRequest.newBuilder()
                        .setResource(spec.getResource())
                        .setAttempt(spec.getAttempt())
                        .build());
        channel.shutdownNow();
        new StandInWorker(spec.build(), claim.getEpoch())
                .train(claim.getResumeFrom().getStep());
    }

    private void train(int from) throws InterruptedException {
        AtomicBoolean stop = new AtomicBoolean();
        Thread main = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            stop.set(true);
            try {
                main.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
        report(WorkerEvent.newBuilder()
                .setStarted(WorkerStarted.newBuilder().setDevice("stand-in").setResumedFromStep(from)));
        int steps = spec.getTrain().getConfig().getMaxSteps();
        for (int step = from + 1; step <= steps; step++) {
            if (stop.get()) {
                report(WorkerEvent.newBuilder()
                        .setStopped(WorkerStopped.newBuilder().setStep(step)));
                producer.close();
                return;
            }
            Thread.sleep(50);
            report(WorkerEvent.newBuilder()
                    .setStep(TrainingProgress.newBuilder()
                            .setStep(step)
                            .setTotalSteps(steps)
                            .setTokens(TOKENS)
                            .setTokensPerSecond(2_000)));
            if (step % 10 == 0) {
                report(WorkerEvent.newBuilder()
                        .setCheckpoint(Checkpoint.newBuilder()
                                .setStep(step)
                                .setEpoch(epoch)
                                .addFiles(BlobFile.newBuilder().setSizeBytes(1_000))
                                .setWriteSeconds(0.5)));
            }
            if (step == 15
                    && spec.getAttempt() == 1
                    && spec.getTrain().getConfig().getSeed() == DIES_ONCE) {
                producer.flush();
                Runtime.getRuntime().halt(DIES_ONCE);
            }
        }
        report(WorkerEvent.newBuilder()
                .setTrainingFinished(TrainingOutput.newBuilder()
                        .setSteps(steps)
                        .addFiles(BlobFile.newBuilder().setPath("adapter_model.safetensors"))));
        producer.close();
        Runtime.getRuntime().halt(0);
    }

    private void report(WorkerEvent.Builder event) {
        event.setResource(spec.getResource()).setEpoch(epoch).setSequence(++sequence);
        byte[] value = event.build().toByteArray();
        producer.send(new ProducerRecord<>("finetide.worker.v1", spec.getResource(), value));
        producer.send(new ProducerRecord<>("finetide.worker.v1", spec.getResource(), value)); // every event twice
    }
}
