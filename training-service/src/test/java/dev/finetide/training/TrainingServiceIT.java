package dev.finetide.training;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import dev.finetide.embedded.SharedInfrastructure;
import dev.finetide.kit.auth.ServedRights;
import dev.finetide.kit.embedded.EmbeddedParts;
import dev.finetide.kit.embedded.Infrastructure;
import dev.finetide.kit.embedded.TestCallers;
import dev.finetide.kit.embedded.TopicProbe;
import dev.finetide.kit.event.Topics;
import dev.finetide.kit.metric.MetricsProbe;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationEvent;
import dev.finetide.proto.evaluation.v1.EvaluationRequested;
import dev.finetide.proto.training.v1.CancelTrainingRunRequest;
import dev.finetide.proto.training.v1.GetTrainingRunRequest;
import dev.finetide.proto.training.v1.ReadTrainingRunLogRequest;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingEvent;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc.TrainingRunServiceBlockingStub;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.training.v1.WatchTrainingRunRequest;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.proto.worker.v1.AttemptServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.ResourceArg;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/// Tests the service on real Kafka and PostgreSQL with real worker processes, through its contracts only. The workers
/// send every event twice.
@QuarkusTest
@QuarkusTestResource(value = EmbeddedParts.class, initArgs = @ResourceArg(name = "schema", value = "training"))
@QuarkusTestResource(TrainingParts.class)
class TrainingServiceIT {
    @ConfigProperty(name = "quarkus.grpc.server.test-port")
    int port;

    @TestHTTPResource("/q/health/ready")
    URL ready;

    @TestHTTPResource("/q/metrics")
    URL metrics;

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
                List.of(TrainingRunServiceGrpc.getServiceDescriptor(), AttemptServiceGrpc.getServiceDescriptor()));
        ServedRights.verifyHttp(metrics.getPort());
    }

    @Test
    void aRunIsTrainedAndItsEventsLeaveOnce() throws Exception {
        String run = create(config(30));
        List<TrainingRunUpdate> updates = watch(run, 0);
        assertThat(updates).extracting(TrainingRunUpdate::getSequence).isEqualTo(sequences(updates.size()));
        assertThat(updates.getLast().getTrainingRun().getState()).isEqualTo(State.SUCCEEDED);
        assertThat(updates.stream().filter(TrainingRunUpdate::hasProgress)).hasSize(30);
        assertThat(watch(run, 10)).isEqualTo(updates.subList(10, updates.size()));
        assertThat(eventsOf(run, "TrainingRunSucceeded"))
                .containsExactly("TrainingRunRequested", "TrainingRunStarted", "TrainingRunSucceeded");
        List<String> log = new ArrayList<>();
        service()
                .readTrainingRunLog(
                        ReadTrainingRunLogRequest.newBuilder().setName(run).build())
                .forEachRemaining(chunk -> log.add(chunk.getData().toString(StandardCharsets.UTF_8)));
        assertThat(String.join("", log)).contains("attempt 1 starts");
    }

    @Test
    void metricsCountWhatWasAcceptedOnce() throws Exception {
        MetricsProbe probe = new MetricsProbe(metrics);
        double steps = probe.value("finetide_train_step_seconds_count").orElseThrow();
        double tokens = probe.value("finetide_train_tokens_total").orElseThrow();
        double succeeded = probe.value("finetide_runs", "state=\"SUCCEEDED\"").orElseThrow();
        String run = create(config(20));
        watch(run, 0);
        assertThat(probe.value("finetide_train_step_seconds_count"))
                .as("the worker sends each step twice")
                .hasValue(steps + 20);
        assertThat(probe.value("finetide_train_tokens_total")).hasValue(tokens + 20 * StandInWorker.TOKENS);
        assertThat(probe.value("finetide_checkpoint_bytes_total").orElseThrow()).isPositive();
        assertThat(probe.value("finetide_checkpoint_write_seconds_count").orElseThrow())
                .isGreaterThanOrEqualTo(2);
        assertThat(probe.value("finetide_run_transitions_total", "to=\"SUCCEEDED\"", "reason=\"worker\"")
                        .orElseThrow())
                .isGreaterThanOrEqualTo(1);
        await().untilAsserted(() -> {
            assertThat(probe.value("finetide_runs", "state=\"SUCCEEDED\"")).hasValue(succeeded + 1);
            assertThat(probe.value("finetide_gpu_pods")).hasValue(0.0);
            assertThat(probe.value("finetide_outbox_pending")).hasValue(0.0);
            assertThat(probe.value("finetide_outbox_oldest_age_seconds")).hasValue(0.0);
            assertThat(probe.value("finetide_run_queue_oldest_age_seconds")).hasValue(0.0);
        });
        assertThat(probe.problems()).isEmpty();
    }

    @Test
    void aWorkerThatDiedIsFollowedByOneThatResumes() throws Exception {
        String run = create(config(30).setSeed(StandInWorker.DIES_ONCE));
        List<TrainingRunUpdate> updates = watch(run, 0);
        TrainingRun ended = updates.getLast().getTrainingRun();
        assertThat(ended.getState()).isEqualTo(State.SUCCEEDED);
        assertThat(ended.getAttempt()).isEqualTo(2);
        List<Integer> steps = updates.stream()
                .filter(TrainingRunUpdate::hasProgress)
                .map(update -> update.getProgress().getStep())
                .toList();
        assertThat(steps.subList(15, steps.size())).startsWith(11).endsWith(30);
        assertThat(eventsOf(run, "TrainingRunSucceeded"))
                .containsExactly(
                        "TrainingRunRequested",
                        "TrainingRunStarted",
                        "TrainingRunRequeued",
                        "TrainingRunStarted",
                        "TrainingRunSucceeded");
    }

    @Test
    void anExitThatNoRetryCuresFailsTheRun() {
        String run = create(config(5).setSeed(StandInWorker.MISSES_INPUT));
        TrainingRun ended = watch(run, 0).getLast().getTrainingRun();
        assertThat(ended.getState()).isEqualTo(State.FAILED);
        assertThat(ended.getError().getReason()).isEqualTo(WorkReason.MISSING_INPUT);
    }

    @Test
    void aCancelledRunEndsItsWorker() {
        String run = create(config(10_000));
        awaitState(run, State.RUNNING);
        service()
                .cancelTrainingRun(
                        CancelTrainingRunRequest.newBuilder().setName(run).build());
        awaitState(run, State.CANCELLED);
    }

    @Test
    void aPoisonRecordGoesToTheDeadLettersAndThePartitionGoesOn() throws Exception {
        String run = create(config(10));
        TopicProbe topic = new TopicProbe(kafka(), Topics.WORKER);
        topic.send(run, "not protobuf".getBytes(StandardCharsets.UTF_8), Map.of());
        topic.send(run, null, Map.of());
        new TopicProbe(kafka(), Topics.MODEL).send(run, new byte[] {1, 2, 3}, Map.of("ce_id", "poison"));
        assertThat(watch(run, 0).getLast().getTrainingRun().getState()).isEqualTo(State.SUCCEEDED);
        List<ConsumerRecord<String, byte[]>> dead = new TopicProbe(kafka(), Topics.WORKER + ".dlq")
                .readUntil(record -> run.equals(record.key()) && record.value() == null);
        assertThat(dead)
                .extracting(record -> TopicProbe.header(record, "dead-letter-reason"))
                .anyMatch(reason -> reason.contains("is not the topic's message"))
                .anyMatch(reason -> reason.contains("has no value"))
                .noneMatch(reason -> reason.contains("not protobuf"));
        new TopicProbe(kafka(), Topics.MODEL + ".dlq").readUntil(record -> run.equals(record.key()));
        MetricsProbe probe = new MetricsProbe(metrics);
        assertThat(probe.value("finetide_dlq_records_total", "finetide.worker.v1", "reason=\"unparsable\""))
                .hasValue(1.0);
        assertThat(probe.value("finetide_dlq_records_total", "finetide.worker.v1", "reason=\"no_value\""))
                .hasValue(1.0);
        assertThat(probe.value("finetide_dlq_records_total", "finetide.model.v1", "reason=\"unparsable\""))
                .hasValue(1.0);
    }

    @Test
    void anEvaluationIsLinkedOnce() {
        String run = create(config(1));
        watch(run, 0);
        String evaluation = run.replace("trainingRuns", "evaluations");
        byte[] requested = EvaluationEvent.newBuilder()
                .setEvaluationRequested(EvaluationRequested.newBuilder()
                        .setEvaluation(Evaluation.newBuilder()
                                .setName(evaluation)
                                .setTrainingRun(TrainingRun.newBuilder().setName(run))))
                .build()
                .toByteArray();
        TopicProbe topic = new TopicProbe(kafka(), Topics.EVALUATION);
        topic.send(evaluation, requested, Map.of("ce_id", "event-1"));
        await().untilAsserted(() -> assertThat(get(run).getEvaluation()).isEqualTo(evaluation));
        String etag = get(run).getEtag();
        topic.send(evaluation, requested, Map.of("ce_id", "event-1"));
        String next = create(config(1));
        topic.send(evaluation, requested.clone(), Map.of("ce_id", "event-2-" + next));
        await().untilAsserted(() -> assertThat(get(run).getEtag()).isNotEqualTo(etag));
        assertThat(Long.parseLong(get(run).getEtag()))
                .as("once by event-2, not by event-1 again")
                .isEqualTo(Long.parseLong(etag) + 1);
        assertThat(new MetricsProbe(metrics).value("finetide_consumer_duplicates_total", Topics.EVALUATION))
                .hasValue(1.0);
    }

    @Test
    void aRefusalNamesEveryField() throws Exception {
        StatusRuntimeException refused =
                refusal(() -> create(config(1).setLearningRate(-1).setBatchSize(-5)));
        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        com.google.rpc.Status status = StatusProto.fromThrowable(refused);
        assertThat(status.getDetails(0).unpack(ErrorInfo.class).getReason()).isEqualTo("INVALID_FIELD");
        assertThat(status.getDetails(1).unpack(BadRequest.class).getFieldViolationsList())
                .extracting(BadRequest.FieldViolation::getField)
                .containsExactly("config.learning_rate", "config.batch_size");
        StatusRuntimeException unknown =
                refusal(() -> create(config(1).setDatasetVersion("projects/default/datasets/none/versions/1")));
        assertThat(unknown.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(unknown.getStatus().getDescription()).contains("datasets/none");
        assertThat(refusal(() -> get("projects/default/trainingRuns/none"))
                        .getStatus()
                        .getCode())
                .isEqualTo(Status.Code.NOT_FOUND);
    }

    @Test
    @DisabledIfSystemProperty(
            named = Infrastructure.OF_IMAGES,
            matches = "true",
            disabledReason = "restarts the embedded broker and database")
    void aRunOutlivesTheBrokerAndTheDatabase() throws Exception {
        SharedInfrastructure parts = SharedInfrastructure.get();
        String run = create(config(200));
        awaitState(run, State.RUNNING);
        parts.kafka().close();
        assertThat(readiness()).as("requests need no broker").isEqualTo(200);
        parts.kafka().start();
        parts.postgres().close();
        assertThat(readiness()).as("requests need the database").isEqualTo(503);
        assertThat(refusal(() -> get(run)).getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        parts.postgres().start();
        await().ignoreExceptions().untilAsserted(() -> {
            TrainingRun ended = get(run);
            assertThat(ended.getState()).isEqualTo(State.SUCCEEDED);
            assertThat(ended.getAttempt()).as("nobody was lost").isEqualTo(1);
        });
        assertThat(eventsOf(run, "TrainingRunSucceeded")).containsOnlyOnce("TrainingRunSucceeded");
    }

    private int readiness() throws IOException {
        HttpURLConnection connection = (HttpURLConnection) ready.openConnection();
        try {
            return connection.getResponseCode();
        } finally {
            connection.disconnect();
        }
    }

    private String create(TrainingConfig.Builder config) {
        return service()
                .createTrainingRun(Stage.request(config.build()).build())
                .getName();
    }

    private static TrainingConfig.Builder config(int steps) {
        return Stage.config().setMaxSteps(steps).setWarmupSteps(0);
    }

    private TrainingRun get(String run) {
        return service()
                .getTrainingRun(GetTrainingRunRequest.newBuilder().setName(run).build());
    }

    private List<TrainingRunUpdate> watch(String run, long after) {
        List<TrainingRunUpdate> updates = new ArrayList<>();
        service()
                .withDeadlineAfter(3, TimeUnit.MINUTES)
                .watchTrainingRun(WatchTrainingRunRequest.newBuilder()
                        .setName(run)
                        .setAfterSequence(after)
                        .build())
                .forEachRemaining(updates::add);
        return updates;
    }

    private void awaitState(String run, State state) {
        await().untilAsserted(() -> assertThat(get(run).getState()).isEqualTo(state));
    }

    /// Returns the simple names of the run's events, once the last one has arrived.
    private List<String> eventsOf(String run, String last) throws Exception {
        List<String> types = new ArrayList<>();
        for (ConsumerRecord<String, byte[]> record : new TopicProbe(kafka(), Topics.TRAINING)
                .readUntil(candidate -> run.equals(candidate.key())
                        && TopicProbe.header(candidate, "ce_type").endsWith(last))) {
            if (run.equals(record.key())) {
                assertThat(TrainingEvent.parseFrom(record.value())).isNotNull();
                assertThat(TopicProbe.header(record, "ce_subject")).isEqualTo(run);
                String type = TopicProbe.header(record, "ce_type");
                types.add(type.substring(type.lastIndexOf('.') + 1));
            }
        }
        return types;
    }

    private TrainingRunServiceBlockingStub service() {
        return TrainingRunServiceGrpc.newBlockingStub(channel);
    }

    private static StatusRuntimeException refusal(Runnable call) {
        StatusRuntimeException[] refused = new StatusRuntimeException[1];
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(StatusRuntimeException.class, failure -> refused[0] = failure);
        return refused[0];
    }

    private static List<Long> sequences(int count) {
        return LongStream.rangeClosed(1, count).boxed().toList();
    }

    private static String kafka() {
        return Infrastructure.get().bootstrapServers();
    }
}
