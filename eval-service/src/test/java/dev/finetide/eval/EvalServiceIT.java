package dev.finetide.eval;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.finetide.embedded.SharedInfrastructure;
import dev.finetide.kit.auth.ServedRights;
import dev.finetide.kit.embedded.EmbeddedParts;
import dev.finetide.kit.embedded.Infrastructure;
import dev.finetide.kit.embedded.TestCallers;
import dev.finetide.kit.embedded.TopicProbe;
import dev.finetide.kit.event.Topics;
import dev.finetide.kit.metric.MetricsProbe;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.evaluation.v1.AdviceServiceGrpc;
import dev.finetide.proto.evaluation.v1.CancelEvaluationRequest;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationResult;
import dev.finetide.proto.evaluation.v1.EvaluationServiceGrpc;
import dev.finetide.proto.evaluation.v1.EvaluationServiceGrpc.EvaluationServiceBlockingStub;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.GetEvaluationRequest;
import dev.finetide.proto.evaluation.v1.ListEvaluationsRequest;
import dev.finetide.proto.evaluation.v1.WatchEvaluationRequest;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingEvent;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunSucceeded;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.worker.v1.AttemptServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.ResourceArg;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/// Tests the service on real Kafka and PostgreSQL with real worker processes, through its contracts only. Runs succeed
/// twice, and the workers send every event twice.
@QuarkusTest
@QuarkusTestResource(value = EmbeddedParts.class, initArgs = @ResourceArg(name = "schema", value = "eval"))
@QuarkusTestResource(EvaluationParts.class)
class EvalServiceIT {
    @TestHTTPResource("/q/metrics")
    URL metrics;

    @ConfigProperty(name = "quarkus.grpc.server.test-port")
    int port;

    private ManagedChannel channel;

    @BeforeEach
    void open() {
        channel = TestCallers.channel(port);
    }

    @AfterEach
    void close() {
        channel.shutdownNow();
    }

    @Test
    void everyRpcAndRouteNeedsWhatItsDeclarationSays() throws Exception {
        ServedRights.verify(
                port,
                List.of(
                        EvaluationServiceGrpc.getServiceDescriptor(),
                        AdviceServiceGrpc.getServiceDescriptor(),
                        AttemptServiceGrpc.getServiceDescriptor()));
        ServedRights.verifyHttp(metrics.getPort());
    }

    @Test
    void aRunThatSucceededIsEvaluatedRowByRow() throws Exception {
        MetricsProbe probe = new MetricsProbe(metrics);
        double succeeded =
                probe.value("finetide_evaluations", "state=\"SUCCEEDED\"").orElseThrow();
        double rows = probe.value("finetide_evaluation_rows_total").orElse(0.0);
        String evaluation = aRunSucceeds("run-whole", 50, 0);
        List<EvaluationUpdate> updates = watch(evaluation, 0);
        assertThat(updates)
                .extracting(EvaluationUpdate::getSequence)
                .isEqualTo(LongStream.rangeClosed(1, updates.size()).boxed().toList());
        assertThat(updates.stream().filter(EvaluationUpdate::hasResult)).hasSize(100);
        assertThat(watch(evaluation, 60)).isEqualTo(updates.subList(60, updates.size()));
        Evaluation ended = updates.getLast().getEvaluation();
        assertThat(ended.getState()).isEqualTo(State.SUCCEEDED);
        assertThat(ended.getReport().getArmsList())
                .extracting(arm -> arm.getScoresOrThrow("exact_match").getValue())
                .containsExactly(0.1, 0.9);
        assertThat(ended.getReport().getRecommendation().getArm()).isEqualTo("tuned");
        assertThat(probe.value("finetide_evaluation_rows_total")).hasValue(rows + 100);
        await().untilAsserted(() -> assertThat(probe.value("finetide_evaluations", "state=\"SUCCEEDED\""))
                .hasValue(succeeded + 1));
        assertThat(probe.problems()).isEmpty();
        assertThat(eventsOf(evaluation, "EvaluationSucceeded"))
                .containsExactly("EvaluationRequested", "EvaluationStarted", "EvaluationSucceeded");
        long lastResult = updates.size() - 1L;
        List<EvaluationResult> results = new ArrayList<>();
        for (ConsumerRecord<String, byte[]> record : new TopicProbe(kafka(), Topics.EVALUATION_RESULTS)
                .readUntil(candidate -> evaluation.equals(candidate.key()) && sequence(candidate) == lastResult)) {
            if (evaluation.equals(record.key())) {
                results.add(EvaluationResult.parseFrom(record.value()));
            }
        }
        assertThat(results).hasSize(100).doesNotHaveDuplicates();
    }

    @Test
    void aWorkerThatDiedIsFollowedByOneThatGoesOnAtItsRow() throws Exception {
        String evaluation = aRunSucceeds("run-dies", 50, StandInWorker.DIES_ONCE);
        List<EvaluationUpdate> updates = watch(evaluation, 0);
        Evaluation ended = updates.getLast().getEvaluation();
        assertThat(ended.getState()).isEqualTo(State.SUCCEEDED);
        assertThat(updates.stream()
                        .filter(EvaluationUpdate::hasResult)
                        .collect(Collectors.groupingBy(
                                update -> update.getResult().getOutput(), Collectors.counting())))
                .as("results by worker")
                .containsOnly(Map.entry("first worker", 60L), Map.entry("second worker", 40L));
        assertThat(ended.getAttempt()).isEqualTo(2);
        assertThat(ended.getResults()).isEqualTo(100);
        assertThat(eventsOf(evaluation, "EvaluationSucceeded")).containsOnlyOnce("EvaluationSucceeded");
    }

    @Test
    void aRunWithoutTestRowsFailsItsEvaluation() throws Exception {
        String evaluation = aRunSucceeds("run-empty", 0, 0);
        assertThat(watch(evaluation, 0).getLast().getEvaluation().getError().getMessage())
                .contains("no test rows");
        assertThat(eventsOf(evaluation, "EvaluationFailed")).containsExactly("EvaluationRequested", "EvaluationFailed");
    }

    @Test
    void aPoisonRecordGoesToTheDeadLettersAndThePartitionGoesOn() {
        TopicProbe topic = new TopicProbe(kafka(), Topics.TRAINING);
        topic.send(
                "projects/default/trainingRuns/run-after",
                "not protobuf".getBytes(StandardCharsets.UTF_8),
                Map.of("ce_id", "poison-1"));
        String evaluation = aRunSucceeds("run-after", 10, 0);
        assertThat(watch(evaluation, 0).getLast().getEvaluation().getState()).isEqualTo(State.SUCCEEDED);
        List<ConsumerRecord<String, byte[]>> dead =
                new TopicProbe(kafka(), Topics.TRAINING + ".dlq").readUntil(record -> true);
        assertThat(TopicProbe.header(dead.getFirst(), "dead-letter-reason")).contains("is not the topic's message");
    }

    @Test
    void aCancelledEvaluationStaysCancelled() {
        String evaluation = aRunSucceeds("run-cancelled", 10_000, 0);
        await().untilAsserted(() -> assertThat(get(evaluation).getResults()).isPositive());
        service()
                .cancelEvaluation(
                        CancelEvaluationRequest.newBuilder().setName(evaluation).build());
        assertThat(watch(evaluation, 0).getLast().getEvaluation().getState()).isEqualTo(State.CANCELLED);
    }

    @Test
    void whatIsNotThereIsNamed() {
        StatusRuntimeException missing =
                catchThrowableOfType(StatusRuntimeException.class, () -> get("projects/default/evaluations/none"));
        assertThat(missing.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
        StatusRuntimeException malformed = catchThrowableOfType(StatusRuntimeException.class, () -> get("none"));
        assertThat(malformed.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    }

    @Test
    @DisabledIfSystemProperty(
            named = Infrastructure.OF_IMAGES,
            matches = "true",
            disabledReason = "restarts the embedded broker and database")
    void anEvaluationOutlivesTheBrokerAndTheDatabase() throws Exception {
        SharedInfrastructure parts = SharedInfrastructure.get();
        String evaluation = aRunSucceeds("run-outage", 1_000, 0);
        await().untilAsserted(() -> assertThat(get(evaluation).getResults()).isPositive());
        parts.kafka().close();
        parts.kafka().start();
        parts.postgres().close();
        parts.postgres().start();
        await().ignoreExceptions().untilAsserted(() -> {
            assertThat(get(evaluation).getState()).isEqualTo(State.SUCCEEDED);
            assertThat(get(evaluation).getAttempt()).as("nobody was lost").isEqualTo(1);
        });
    }

    /// Publishes the success twice, as the outbox may after a crash. Returns the evaluation's name once it exists.
    private String aRunSucceeds(String id, long testRows, long seed) {
        TrainingRun run = TrainingRun.newBuilder()
                .setName("projects/default/trainingRuns/" + id)
                .setConfig(TrainingConfig.newBuilder().setSeed(seed).setMaxAttempts(3))
                .setDatasetVersion(DatasetVersion.newBuilder().setTestRows(testRows))
                .setOutput(Stage.anOutput(id))
                .build();
        byte[] event = TrainingEvent.newBuilder()
                .setTrainingRunSucceeded(TrainingRunSucceeded.newBuilder().setTrainingRun(run))
                .build()
                .toByteArray();
        TopicProbe topic = new TopicProbe(kafka(), Topics.TRAINING);
        Map<String, String> headers = Map.of("ce_id", UUID.randomUUID().toString());
        topic.send(run.getName(), event, headers);
        topic.send(run.getName(), event, headers);
        ListEvaluationsRequest ofRun = ListEvaluationsRequest.newBuilder()
                .setParent("projects/default")
                .setTrainingRun(run.getName())
                .build();
        return await().until(() -> service().listEvaluations(ofRun).getEvaluationsList(), found -> !found.isEmpty())
                .getFirst()
                .getName();
    }

    private Evaluation get(String evaluation) {
        return service()
                .getEvaluation(
                        GetEvaluationRequest.newBuilder().setName(evaluation).build());
    }

    private List<EvaluationUpdate> watch(String evaluation, long after) {
        List<EvaluationUpdate> updates = new ArrayList<>();
        service()
                .withDeadlineAfter(3, TimeUnit.MINUTES)
                .watchEvaluation(WatchEvaluationRequest.newBuilder()
                        .setName(evaluation)
                        .setAfterSequence(after)
                        .build())
                .forEachRemaining(updates::add);
        return updates;
    }

    /// Returns the simple names of the evaluation's events, once the last one has arrived.
    private List<String> eventsOf(String evaluation, String last) {
        return new TopicProbe(kafka(), Topics.EVALUATION)
                        .readUntil(candidate -> evaluation.equals(candidate.key())
                                && TopicProbe.header(candidate, "ce_type").endsWith(last))
                        .stream()
                        .filter(record -> evaluation.equals(record.key()))
                        .map(record -> TopicProbe.header(record, "ce_type"))
                        .map(type -> type.substring(type.lastIndexOf('.') + 1))
                        .toList();
    }

    private static long sequence(ConsumerRecord<String, byte[]> record) {
        try {
            return EvaluationResult.parseFrom(record.value()).getSequence();
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private EvaluationServiceBlockingStub service() {
        return EvaluationServiceGrpc.newBlockingStub(channel);
    }

    private static String kafka() {
        return Infrastructure.get().bootstrapServers();
    }
}
