package dev.finetide.worker;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.embedded.FreePorts;
import dev.finetide.embedded.SharedInfrastructure;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.worker.v1.Checkpoint;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerSpec;
import dev.finetide.proto.worker.v1.WorkerStarted;
import dev.finetide.proto.worker.v1.WorkerStopped;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
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

    private WorkerReports reports(long epoch, Map<String, Object> broker, Consumer<WorkerFailure> leave) {
        WorkerSpec spec = WorkerSpec.newBuilder()
                .setResource(run)
                .setAttempt(2)
                .setAttemptToken("fta_token")
                .build();
        return new WorkerReports(spec, epoch, "", new Progress(), broker, leave);
    }

    private static void unexpected(WorkerFailure refusal) {
        throw new AssertionError(refusal);
    }

    @Test
    void fastStepsShareReportsAndNoneIsLostOrOutOfOrder() throws Exception {
        String kafka = kafkaWithTopic();
        try (WorkerReports reports = reports(7, Map.of("bootstrap.servers", kafka), WorkerReportsTest::unexpected)) {
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
        try (WorkerReports reports = reports(7, Map.of("bootstrap.servers", kafka), WorkerReportsTest::unexpected)) {
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
        try (WorkerReports reports =
                reports(8, Map.of("bootstrap.servers", "127.0.0.1:1"), WorkerReportsTest::unexpected)) {
            reports.report(WorkerEvent.newBuilder().setStopped(WorkerStopped.getDefaultInstance()));
            AtomicInteger looks = new AtomicInteger();
            assertThat(reports.awaitTaken(() -> looks.incrementAndGet() > 2)).isFalse();
        }
    }

    /// A company's broker that does not know the worker's user: without a word of it the worker would compute to the
    /// end, and its service would see a worker that ended well and had reported nothing.
    @Test
    void aWorkerThatTheBrokerRefusesLeavesAndSaysWhy() throws Exception {
        Map<String, Object> login = Map.of(
                "bootstrap.servers",
                kafkaWithTopic(),
                "security.protocol",
                "SASL_PLAINTEXT",
                "sasl.mechanism",
                "PLAIN",
                "sasl.jaas.config",
                "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"w\" password=\"secret\";");
        CompletableFuture<WorkerFailure> left = new CompletableFuture<>();
        try (WorkerReports reports = reports(9, login, left::complete)) {
            WorkerFailure why = left.get(30, SECONDS);
            assertThat(why.reason()).isEqualTo(WorkerFailure.Reason.BAD_CONFIGURATION);
            assertThat(why)
                    .hasMessageContaining("Kafka refuses this worker's reports")
                    .hasMessageContaining("Its user needs to write " + WorkerReports.TOPIC)
                    .hasMessageNotContaining("secret");
            assertThat(reports.hasSaidTheLast()).isFalse();
        }
    }

    @Test
    void settingsOfWhichThereIsNoClientAreTheOperatorsMistake() {
        assertThatThrownBy(() -> reports(
                        9,
                        Map.of("bootstrap.servers", "127.0.0.1:1", "security.protocol", "SASL_SSL"),
                        WorkerReportsTest::unexpected))
                .isInstanceOfSatisfying(
                        WorkerFailure.class,
                        why -> assertThat(why.reason()).isEqualTo(WorkerFailure.Reason.BAD_CONFIGURATION))
                .hasMessageContaining("Kafka's client settings cannot be used: ");
    }

    /// Kafka's client gives a record back as failed when it has not learnt where the topic is: a report that was made
    /// while the broker was away was lost, the last one, too.
    @Test
    void reportsThatWereMadeWhileTheBrokerWasAwayAreSentWhenItIsBack() throws Exception {
        String kafka = kafkaWithTopic();
        int port = FreePorts.pick(1).getFirst();
        Map<String, Object> broker = Map.of("bootstrap.servers", "127.0.0.1:" + port);
        try (WorkerReports reports = reports(10, broker, WorkerReportsTest::unexpected)) {
            reports.report(WorkerEvent.newBuilder().setStopped(WorkerStopped.getDefaultInstance()));
            assertThat(reports.drain(Duration.ofSeconds(2))).isFalse();
            try (ServerSocket back = new ServerSocket(port, 5, InetAddress.getLoopbackAddress())) {
                Thread.startVirtualThread(() -> forward(back, kafka));
                assertThat(reports.drain(Duration.ofSeconds(30))).isTrue();
                assertThat(eventsUntilStopped(kafka))
                        .extracting(WorkerEvent::getSequence)
                        .containsExactly(1L, 2L);
            }
        }
    }

    /// Passes connections on to a broker, until the socket is closed.
    private static void forward(ServerSocket from, String broker) {
        int port = Integer.parseInt(broker.substring(broker.lastIndexOf(':') + 1));
        try {
            while (true) {
                Socket client = from.accept();
                Socket server = new Socket(InetAddress.getLoopbackAddress(), port);
                Thread.startVirtualThread(() -> copy(client, server));
                Thread.startVirtualThread(() -> copy(server, client));
            }
        } catch (IOException closed) {
            // the test is over
        }
    }

    private static void copy(Socket from, Socket to) {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException closed) {
            // one of the two has left
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
