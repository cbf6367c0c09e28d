package dev.finetide.worker;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.embedded.SharedInfrastructure;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.worker.v1.Checkpoint;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerSpec;
import dev.finetide.proto.worker.v1.WorkerStarted;
import dev.finetide.proto.worker.v1.WorkerStopped;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;

class WorkerReportsTest {
    private static final int STEPS = 3000;

    private final String run = "projects/default/trainingRuns/run-" + UUID.randomUUID();

    private WorkerSpec spec(String kafka) {
        return WorkerSpec.newBuilder()
                .setResource(run)
                .setAttempt(2)
                .setBootstrapServers(kafka)
                .setAttemptToken("fta_token")
                .build();
    }

    @Test
    void fastStepsShareReportsAndNoneIsLostOrOutOfOrder() throws Exception {
        String kafka = kafkaWithTopic();
        try (WorkerReports reports = new WorkerReports(spec(kafka), 7, "", new Progress())) {
            reports.report(WorkerEvent.newBuilder().setStarted(WorkerStarted.getDefaultInstance()));
            for (int step = 1; step <= STEPS; step++) {
                reports.report(WorkerEvent.newBuilder()
                        .setStep(TrainingProgress.newBuilder().setStep(step)));
                if (step == STEPS / 2) {
                    reports.report(WorkerEvent.newBuilder()
                            .setCheckpoint(Checkpoint.newBuilder().setStep(step)));
                }
            }
            reports.report(WorkerEvent.newBuilder().setStopped(WorkerStopped.getDefaultInstance()));
            assertThat(reports.drain(Duration.ofMinutes(3))).isTrue();
        }
        List<WorkerEvent> events = eventsUntilStopped(kafka);
        assertThat(events).allSatisfy(event -> assertThat(event.getEpoch()).isEqualTo(7));
        assertThat(events)
                .extracting(WorkerEvent::getSequence)
                .isEqualTo(LongStream.rangeClosed(1, events.size()).boxed().toList());
        assertThat(events.stream().flatMap(WorkerReportsTest::steps))
                .isEqualTo(IntStream.rangeClosed(1, STEPS).boxed().toList());
        assertThat(events).hasSizeLessThan(STEPS / 10);

        int checkpoint = IntStream.range(0, events.size())
                .filter(at -> events.get(at).hasCheckpoint())
                .findFirst()
                .orElseThrow();
        assertThat(events.get(checkpoint - 1).getStep().getStep()).isEqualTo(STEPS / 2);
        assertThat(steps(events.get(checkpoint + 1)).findFirst()).hasValue(STEPS / 2 + 1);
    }

    @Test
    void whoeverWaitsKnowsThatTheBrokerHasEveryReport() throws Exception {
        String kafka = kafkaWithTopic();
        try (WorkerReports reports = new WorkerReports(spec(kafka), 7, "", new Progress())) {
            for (int step = 1; step <= 20; step++) {
                reports.report(WorkerEvent.newBuilder()
                        .setStep(TrainingProgress.newBuilder().setStep(step)));
            }
            reports.report(WorkerEvent.newBuilder().setStopped(WorkerStopped.getDefaultInstance()));
            assertThat(reports.awaitTaken(() -> false)).isTrue();
            // Nothing is drained: the reports are there.
            assertThat(eventsUntilStopped(kafka).stream().flatMap(WorkerReportsTest::steps))
                    .hasSize(20);
        }
        try (WorkerReports reports = new WorkerReports(spec("127.0.0.1:1"), 8, "", new Progress())) {
            reports.report(WorkerEvent.newBuilder().setStopped(WorkerStopped.getDefaultInstance()));
            AtomicInteger looks = new AtomicInteger();
            assertThat(reports.awaitTaken(() -> looks.incrementAndGet() > 2)).isFalse();
        }
    }

    private static String kafkaWithTopic() throws Exception {
        String kafka = SharedInfrastructure.get().bootstrapServers();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka))) {
            admin.createTopics(List.of(new NewTopic(WorkerReports.TOPIC, 1, (short) 1)))
                    .all()
                    .get(180, SECONDS);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw e;
            }
        }
        return kafka;
    }

    private static Stream<Integer> steps(WorkerEvent event) {
        return event.hasStep()
                ? Stream.concat(event.getEarlierStepsList().stream(), Stream.of(event.getStep()))
                        .map(TrainingProgress::getStep)
                : Stream.empty();
    }

    private List<WorkerEvent> eventsUntilStopped(String kafka) throws IOException {
        List<WorkerEvent> events = new ArrayList<>();
        try (KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", kafka, "group.id", run, "auto.offset.reset", "earliest"),
                new StringDeserializer(),
                new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(WorkerReports.TOPIC));
            while (events.isEmpty() || !events.getLast().hasStopped()) {
                for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    if (record.key().equals(run)) { // another test's are there, too
                        events.add(WorkerEvent.parseFrom(record.value()));
                        assertThat(events.getLast().getResource()).isEqualTo(run);
                    }
                }
            }
        }
        return events;
    }
}
