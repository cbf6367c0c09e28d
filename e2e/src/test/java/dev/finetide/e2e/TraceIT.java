package dev.finetide.e2e;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.e2e.OtlpReceiver.Span;
import dev.finetide.proto.training.v1.CreateTrainingRunRequest;
import dev.finetide.proto.training.v1.EvaluationConfig;
import dev.finetide.proto.training.v1.Method;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// One trace, begun by a client, follows a run through Kafka into the workers and back, to the registry's decision.
@ExtendWith(SharedStack.Provider.class)
class TraceIT {
    private static final Path DEMO = Finetide.HOME.resolve("demo");
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String CLIENT = "b7ad6b7169203331";
    private static final String TRAINING = "training-service";
    private static final String EVAL = "eval-service";
    private static final String REGISTRY = "registry-service";
    private static final String WORKER = "gpu-worker";
    private static final String CREATE = "finetide.training.v1.TrainingRunService/CreateTrainingRun";
    private static final String CLAIM = "finetide.worker.v1.AttemptService/ClaimAttempt";

    @TempDir
    Path directory;

    @Test
    void oneTraceFollowsARunFromTheCallToTheRegistrysDecision(SharedStack shared) throws Exception {
        // Given
        RunningStack stack = shared.stack();
        OtlpReceiver collector = shared.collector();
        String train = head("train.jsonl", 40).toString();
        String test = head("test.jsonl", 2).toString();
        stack.finetide().ok("dataset", "push", "traced", train, "--test", test);

        // When
        createTraced(stack);

        // Then
        await().atMost(Duration.ofMinutes(10))
                .untilAsserted(() -> assertThat(collector.trail(TRACE).names()).contains("publish ModelVersionHeld"));
        await().atMost(Duration.ofMinutes(10)).untilAsserted(() -> assertIsWhole(collector));
        assertThat(openMetrics(stack.http(TRAINING)))
                .containsPattern("finetide_train_step_seconds_bucket.* # \\{.*trace_id=\"" + TRACE);
        assertThat(logs(stack)).doesNotContainPattern("(WARN|ERROR).*(?i)(opentelemetry|otlp|export)");
    }

    private static void assertIsWhole(OtlpReceiver collector) {
        OtlpReceiver.Trail trail = collector.trail(TRACE);
        Span create = trail.find(TRAINING, CREATE, CLIENT);
        trail.find(TRAINING, "finetide.dataset.v1.DatasetService/GetDatasetVersion", create.id());
        trail.find(TRAINING, "publish TrainingRunRequested", create.id());
        Span train = trail.find(WORKER, "worker train", create.id());
        trail.find(TRAINING, CLAIM, train.id());
        trail.find(WORKER, "load model", train.id());
        Span steps = trail.find(WORKER, "train", train.id());
        trail.find(WORKER, "store checkpoint", steps.id());
        trail.find(WORKER, "store model", train.id());
        Span succeeded = trail.find(TRAINING, "publish TrainingRunSucceeded", train.id());
        trail.find(REGISTRY, "process TrainingRunSucceeded", succeeded.id());
        Span heard = trail.find(EVAL, "process TrainingRunSucceeded", succeeded.id());
        trail.find(EVAL, "publish EvaluationRequested", heard.id());
        Span evaluate = trail.find(WORKER, "worker evaluate", create.id());
        trail.find(EVAL, CLAIM, evaluate.id());
        Span evaluated = trail.find(EVAL, "publish EvaluationSucceeded", evaluate.id());
        Span judged = trail.find(REGISTRY, "process EvaluationSucceeded", evaluated.id());
        trail.find(REGISTRY, "publish ModelVersionHeld", judged.id());
    }

    private static void createTraced(RunningStack stack) {
        Metadata headers = new Metadata();
        headers.put(
                Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER), "00-" + TRACE + "-" + CLIENT + "-01");
        ManagedChannel channel = stack.channel(TRAINING);
        try {
            assertThat(TrainingRunServiceGrpc.newBlockingStub(channel)
                            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                            .createTrainingRun(CreateTrainingRunRequest.newBuilder()
                                    .setParent("projects/default")
                                    .setConfig(TrainingConfig.newBuilder()
                                            .setDatasetVersion("projects/default/datasets/traced/versions/1")
                                            .setBase("projects/default/bases/small")
                                            .setMethod(Method.LORA)
                                            .setMaxSteps(4)
                                            .setCheckpointEverySteps(2)
                                            .setBatchSize(4)
                                            .setEvaluation(EvaluationConfig.newBuilder()
                                                    .setMaxNewTokens(4)))
                                    .build())
                            .getTraceparent())
                    .contains(TRACE);
        } finally {
            channel.shutdownNow();
        }
    }

    private static String openMetrics(String authority) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create("http://" + authority + "/q/metrics"))
                                    .header("Accept", "application/openmetrics-text; version=1.0.0; charset=utf-8")
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    private static String logs(RunningStack stack) throws IOException {
        try (Stream<Path> files = Files.list(stack.data().resolve("logs"))) {
            return String.join("\n", files.map(Finetide::read).toList());
        }
    }

    private Path head(String file, int lines) throws IOException {
        Path head = directory.resolve(file);
        try (Stream<String> all = Files.lines(DEMO.resolve("support-desk").resolve(file))) {
            Files.write(head, all.limit(lines).toList());
        }
        return head;
    }
}
