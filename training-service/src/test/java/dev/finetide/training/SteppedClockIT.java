package dev.finetide.training;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.kit.embedded.Infrastructure;
import dev.finetide.kit.embedded.ServiceProcess;
import dev.finetide.kit.embedded.SteppedClock;
import dev.finetide.kit.embedded.TopicProbe;
import dev.finetide.kit.event.Topics;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationEvent;
import dev.finetide.proto.evaluation.v1.EvaluationRequested;
import dev.finetide.proto.training.v1.GetTrainingRunRequest;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc;
import dev.finetide.proto.work.v1.State;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Drill 12: the clock of the service's process is set forward and back by ten minutes while it works.
class SteppedClockIT {
    @TempDir
    Path directory;

    private final TrainingParts parts = new TrainingParts();
    private ServiceProcess service;
    private SteppedClock clock;

    @BeforeEach
    void open() throws IOException, InterruptedException {
        Optional<SteppedClock> compiled = SteppedClock.compile(directory);
        Assumptions.assumeTrue(compiled.isPresent(), "skipped: no C compiler");
        clock = compiled.get();
        Map<String, String> settings = new HashMap<>();
        parts.start()
                .forEach((key, value) -> settings.put(
                        key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_'), value));
        for (String channel : new String[] {"WORKER", "EVALUATION", "MODEL"}) {
            settings.put("MP_MESSAGING_INCOMING_" + channel + "_GROUP_ID", "stepped-" + channel);
        }
        settings.putAll(clock.environment());
        service = new ServiceProcess("training_stepped", directory, settings);
        service.start();
    }

    @AfterEach
    void close() {
        if (service != null) {
            service.close();
            parts.stop();
        }
    }

    /// A run that was created before the step ends as it would have, and is linked and measured soon.
    @Test
    void runsEndAndAreLinkedAndMeasuredWhateverTheClockSays() throws Exception {
        for (int step : new int[] {600, -600}) {
            String run = create();
            clock.set(Duration.ofSeconds(step));
            link(run);
            await().pollInterval(Duration.ofMillis(200)).ignoreExceptions().untilAsserted(() -> {
                startAgainIfEnded();
                TrainingRun seen = get(run);
                assertThat(seen.getState()).isEqualTo(State.SUCCEEDED);
                assertThat(seen.getAttempt()).isEqualTo(1);
                assertThat(seen.getEvaluation()).isEqualTo(evaluation(run));
                assertThat(service.metrics().value("finetide_consumer_lag")).hasValue(0.0);
            });
        }
    }

    /// Starts the service as whoever runs it does.
    private void startAgainIfEnded() throws IOException {
        if (!service.isAlive()) {
            service.start();
        }
    }

    private static String evaluation(String run) {
        return run.replace("trainingRuns/run", "evaluations/eval");
    }

    private static void link(String run) {
        EvaluationEvent event = EvaluationEvent.newBuilder()
                .setEvaluationRequested(EvaluationRequested.newBuilder()
                        .setEvaluation(Evaluation.newBuilder()
                                .setName(evaluation(run))
                                .setTrainingRun(TrainingRun.newBuilder().setName(run))))
                .build();
        new TopicProbe(Infrastructure.get().bootstrapServers(), Topics.EVALUATION)
                .send(
                        evaluation(run),
                        event.toByteArray(),
                        Map.of("ce_id", UUID.randomUUID().toString()));
    }

    private String create() {
        ManagedChannel channel = service.channel();
        try {
            return TrainingRunServiceGrpc.newBlockingStub(channel)
                    .withWaitForReady()
                    .createTrainingRun(Stage.request(Stage.config()
                                    .setMaxSteps(20)
                                    .setWarmupSteps(0)
                                    .build())
                            .build())
                    .getName();
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
}
