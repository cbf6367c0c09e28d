package dev.finetide.training;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.finetide.kit.embedded.Infrastructure;
import dev.finetide.kit.embedded.ServiceProcess;
import dev.finetide.kit.embedded.TopicProbe;
import dev.finetide.kit.event.Topics;
import dev.finetide.proto.training.v1.GetTrainingRunRequest;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.training.v1.WatchTrainingRunRequest;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.worker.v1.WorkerEvent;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Tests `kill -9` of the service in the middle of a run, with and without its worker.
class KilledServiceIT {
    @TempDir
    Path directory;

    private final TrainingParts parts = new TrainingParts();
    private ServiceProcess service;

    @BeforeEach
    void open() throws IOException {
        Map<String, String> settings = new HashMap<>();
        parts.start()
                .forEach((key, value) -> settings.put(
                        key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_'), value));
        for (String channel : new String[] {"WORKER", "EVALUATION", "MODEL"}) {
            settings.put("MP_MESSAGING_INCOMING_" + channel + "_GROUP_ID", "killed-" + channel);
        }
        service = new ServiceProcess("training_killed", directory, settings);
        service.start();
    }

    @AfterEach
    void close() {
        service.close();
        parts.stop();
    }

    @Test
    void theRunEndsOnceAllTheSame() throws Exception {
        // The worker goes on and ends while nobody listens.
        String alone = create(60, 42);
        service.kill();
        await().until(() -> worker(alone, 1).isEmpty());
        service.start();
        awaitEnd(alone, 1);
        // The worker dies with the service: the next attempt goes on from its checkpoint.
        String both = create(120, 42);
        awaitUpdate(both, update -> update.getProgress().getStep() > 20);
        service.kill();
        worker(both, 1).orElseThrow().destroyForcibly();
        service.start();
        awaitEnd(both, 2);
        for (String run : new String[] {alone, both}) {
            assertThat(new TopicProbe(Infrastructure.get().bootstrapServers(), Topics.TRAINING)
                            .readUntil(record -> isSuccessOf(both, record)))
                    .filteredOn(record -> isSuccessOf(run, record))
                    .hasSize(1);
        }
    }

    /// The service is paused while its worker ends: the worker's last report waits in the broker until then.
    @Test
    void aWorkerThatEndsWhileTheServiceIsPausedIsNotLost() throws Exception {
        String run = create(60, 42);
        service.signal("STOP");
        try {
            new TopicProbe(Infrastructure.get().bootstrapServers(), Topics.WORKER)
                    .readUntil(record -> run.equals(record.key()) && isLastReport(record.value()));
            // Longer than the consumer's session, and than a pause between two ticks.
            TimeUnit.SECONDS.sleep(Integer.getInteger("finetide.drill.pause", 7));
        } finally {
            service.signal("CONT");
        }
        awaitEnd(run, 1);
    }

    private static boolean isLastReport(byte[] value) {
        try {
            return WorkerEvent.parseFrom(value).hasTrainingFinished();
        } catch (InvalidProtocolBufferException ofAnotherTest) {
            return false;
        }
    }

    private static boolean isSuccessOf(String run, ConsumerRecord<String, byte[]> record) {
        return run.equals(record.key()) && TopicProbe.header(record, "ce_type").endsWith("TrainingRunSucceeded");
    }

    private String create(int steps, long seed) {
        ManagedChannel channel = service.channel();
        try {
            String run = TrainingRunServiceGrpc.newBlockingStub(channel)
                    .createTrainingRun(Stage.request(Stage.config()
                                    .setMaxSteps(steps)
                                    .setWarmupSteps(0)
                                    .setSeed(seed)
                                    .build())
                            .build())
                    .getName();
            awaitUpdate(run, update -> update.getTrainingRun().getState() == State.RUNNING);
            return run;
        } finally {
            channel.shutdownNow();
        }
    }

    /// Returns at such an update of the run. Who asks again and again may find the run at its end.
    private void awaitUpdate(String run, Predicate<TrainingRunUpdate> wanted) {
        ManagedChannel channel = service.channel();
        try {
            Iterator<TrainingRunUpdate> updates = TrainingRunServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(3, TimeUnit.MINUTES)
                    .watchTrainingRun(
                            WatchTrainingRunRequest.newBuilder().setName(run).build());
            while (!wanted.test(updates.next())) {
                // until one is
            }
        } finally {
            channel.shutdownNow();
        }
    }

    private TrainingRun get(String run) {
        ManagedChannel channel = service.channel();
        try {
            return TrainingRunServiceGrpc.newBlockingStub(channel)
                    .getTrainingRun(
                            GetTrainingRunRequest.newBuilder().setName(run).build());
        } finally {
            channel.shutdownNow();
        }
    }

    private void awaitEnd(String run, int attempt) {
        await().untilAsserted(() -> {
            assertThat(get(run).getState()).isEqualTo(State.SUCCEEDED);
            assertThat(get(run).getAttempt()).isEqualTo(attempt);
        });
    }

    /// Returns the worker's process, if it has not ended.
    private Optional<ProcessHandle> worker(String run, int attempt) throws IOException {
        Path pid = directory.resolve("workers", run.replace('/', '-'), "attempt-" + attempt, "pid");
        return ProcessHandle.of(Long.parseLong(Files.readString(pid).split(" ")[0]))
                .filter(ProcessHandle::isAlive);
    }
}
