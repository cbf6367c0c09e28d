package dev.finetide.e2e;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import dev.finetide.proto.dataset.v1.Chunk;
import dev.finetide.proto.dataset.v1.CreateDatasetReportRequest;
import dev.finetide.proto.dataset.v1.CreateDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.DatasetReportServiceGrpc;
import dev.finetide.proto.dataset.v1.DatasetReportServiceGrpc.DatasetReportServiceBlockingStub;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.GetDatasetReportRequest;
import dev.finetide.proto.dataset.v1.JsonlSource;
import dev.finetide.proto.dataset.v1.UploadHeader;
import dev.finetide.proto.evaluation.v1.EvaluationServiceGrpc;
import dev.finetide.proto.evaluation.v1.GetEvaluationRequest;
import dev.finetide.proto.model.v1.DownloadModelFileRequest;
import dev.finetide.proto.model.v1.GetModelVersionRequest;
import dev.finetide.proto.model.v1.ModelServiceGrpc;
import dev.finetide.proto.training.v1.CancelTrainingRunRequest;
import dev.finetide.proto.training.v1.CreateTrainingRunRequest;
import dev.finetide.proto.training.v1.EvaluationConfig;
import dev.finetide.proto.training.v1.GetTrainingRunRequest;
import dev.finetide.proto.training.v1.Method;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingEvent;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunRequested;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc.TrainingRunServiceBlockingStub;
import dev.finetide.proto.work.v1.State;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Each alert is silent after a good run and rings by its fault, on a running stack that a real Prometheus scrapes.
/// Waits of minutes are seconds here ([Monitoring#writeHurriedRules]); `AlertRulesTest` tests the real ones.
class AlertsIT {
    private static final Path DEMO = Finetide.HOME.resolve("demo");
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final List<String> SERVICES =
            List.of("dataset-service", "training-service", "eval-service", "registry-service");
    private static final String DATASET = "projects/default/datasets/tickets/versions/1";

    /// Alerts whose faults need a GPU, a full disk, a certificate or a broken outbox: `promtool` tests them,
    /// and tests of the services their metrics.
    private static final Set<String> ELSEWHERE = Set.of(
            "FinetideCertificateExpires",
            "FinetideGpuFault",
            "FinetideGpuIdle",
            "FinetideOutboxParked",
            "FinetideStorageFull");

    @TempDir
    Path directory;

    private final Set<String> rung = new TreeSet<>();
    private final Map<String, ManagedChannel> channels = new HashMap<>();
    private RunningStack stack;
    private Prometheus prometheus;

    @Test
    void eachAlertRingsByItsFault() throws Exception {
        Tool program = Tool.require("prometheus");
        Path files = Files.createDirectories(directory.resolve("prometheus"));
        Monitoring.writeHurriedRules(files.resolve("rules.yaml"));
        // Half a minute is short for two alerts about a worker that stands still.
        try (RunningStack running = RunningStack.start(directory, Map.of("TRAINING_LOST_AFTER", "10m"));
                Replica waiting = running.replica("training-service");
                Prometheus scraping = Prometheus.start(program, files, targets(running, waiting))) {
            stack = running;
            prometheus = scraping;
            oneGoodRun();
            for (JsonNode alert : Monitoring.alerts()) {
                assertThat(prometheus.isFiring(alert.path("alert").asText()))
                        .as("%s after a good run", alert.path("alert").asText())
                        .isFalse();
            }

            strangersCall();
            reportsFail();
            clientsLeave();
            aBadRecord();
            aServiceHangs();
            workersAreKilled();
            aWorkerHangsAndTheQueueGrows();
            evaluationsFail();
            theLeaderHangs(waiting);
            theBrokerIsAway();
            theDatabaseIsAway();

            assertThat(Stream.concat(rung.stream(), ELSEWHERE.stream()))
                    .containsExactlyInAnyOrderElementsOf(Monitoring.alerts().stream()
                            .map(alert -> alert.path("alert").asText())
                            .toList());
        } finally {
            channels.values().forEach(ManagedChannel::shutdownNow);
        }
    }

    private static Map<String, List<String>> targets(RunningStack stack, Replica replica) {
        Map<String, List<String>> targets = new HashMap<>();
        SERVICES.forEach(name -> targets.put(name, List.of(stack.http(name))));
        targets.put("training-service", List.of(stack.http("training-service"), replica.http()));
        return targets;
    }

    /// Makes calls without a token, more than a hundred between two looks.
    private void strangersCall() {
        ManagedChannel stranger = NettyChannelBuilder.forTarget(stack.endpoint("registry-service"))
                .usePlaintext()
                .build();
        channels.put("a stranger's", stranger);
        await().atMost(PATIENCE).until(() -> {
            for (int call = 0; call < 150; call++) {
                assertThatThrownBy(() -> ModelServiceGrpc.newBlockingStub(stranger)
                                .getModelVersion(GetModelVersionRequest.getDefaultInstance()))
                        .hasMessageContaining("UNAUTHENTICATED");
            }
            return prometheus.isFiring("FinetideCallsDenied");
        });
        rings("FinetideCallsDenied");
    }

    /// Orders three reports at once, of which one has a worker and the others wait, and kills each worker. The first
    /// worker stands still meanwhile: a fast machine has made all three before anybody could call them late.
    private void reportsFail() throws Exception {
        DatasetReportServiceBlockingStub service = DatasetReportServiceGrpc.newBlockingStub(channel("dataset-service"));
        List<String> reports = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            reports.add(service.createDatasetReport(CreateDatasetReportRequest.newBuilder()
                            .setParent("projects/default")
                            .setDatasetVersion(DATASET)
                            .setAgain(true)
                            .build())
                    .getName());
        }
        ProcessHandle first = await().atMost(PATIENCE)
                .until(() -> stack.worker("datasetReports"), Optional::isPresent)
                .orElseThrow();
        RunningStack.signal(first.pid(), "STOP");
        rings("FinetideReportsLate");
        for (String report : reports) {
            await().atMost(PATIENCE).until(() -> {
                stack.worker("datasetReports").ifPresent(ProcessHandle::destroyForcibly);
                return service.getDatasetReport(GetDatasetReportRequest.newBuilder()
                                        .setName(report)
                                        .build())
                                .getState()
                        == State.FAILED;
            });
        }
        rings("FinetideReportsFailing");
    }

    private void clientsLeave() throws Exception {
        for (int i = 0; i < 6; i++) {
            StreamObserver<CreateDatasetVersionRequest> upload =
                    DatasetServiceGrpc.newStub(channel("dataset-service")).createDatasetVersion(new Nobody());
            upload.onNext(CreateDatasetVersionRequest.newBuilder()
                    .setHeader(UploadHeader.newBuilder()
                            .setDataset("projects/default/datasets/never")
                            .setJsonl(JsonlSource.getDefaultInstance()))
                    .build());
            awaitReading((ClientCallStreamObserver<CreateDatasetVersionRequest>) upload);
            upload.onError(new IllegalStateException("the client leaves"));
            try (Context.CancellableContext leaving = Context.current().withCancellation()) {
                leaving.run(() -> ModelServiceGrpc.newBlockingStub(channel("registry-service"))
                        .downloadModelFile(DownloadModelFileRequest.newBuilder()
                                .setName("projects/default/models/tickets/versions/1")
                                .setPath("model.safetensors")
                                .build())
                        .next());
            }
        }
        rings("FinetideUploadsBroken");
        rings("FinetideDownloadsBroken");
    }

    /// Sends blank lines until the service has read more than a connection holds. An upload of which the service has
    /// read nothing never began.
    private static void awaitReading(ClientCallStreamObserver<CreateDatasetVersionRequest> upload) {
        ByteString lines = ByteString.copyFromUtf8("\n".repeat(1 << 20));
        for (int part = 0; part < 4; part++) {
            upload.onNext(CreateDatasetVersionRequest.newBuilder()
                    .setTrain(Chunk.newBuilder().setData(lines))
                    .build());
            await().until(upload::isReady);
        }
    }

    private void aBadRecord() throws Exception {
        send(1, "not protobuf".getBytes(StandardCharsets.UTF_8));
        rings("FinetideDeadLetters");
    }

    private void send(int records, byte[] value) throws Exception {
        try (KafkaProducer<String, byte[]> producer =
                new KafkaProducer<>(stack.kafka(), new StringSerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < records; i++) {
                ProducerRecord<String, byte[]> record = new ProducerRecord<>("finetide.training.v1", "test", value);
                record.headers().add("ce_id", UUID.randomUUID().toString().getBytes(StandardCharsets.UTF_8));
                producer.send(record);
            }
            producer.flush();
        }
    }

    /// Stops a service for a while; the events that arrive meanwhile wait for it.
    private void aServiceHangs() throws Exception {
        byte[] event = TrainingEvent.newBuilder()
                .setTrainingRunRequested(TrainingRunRequested.getDefaultInstance())
                .build()
                .toByteArray();
        stack.signal("eval-service", "STOP");
        send(5_000, event);
        rings("FinetideServiceDown");
        stack.signal("eval-service", "CONT");
        rings("FinetideConsumerLag");
        falls("FinetideServiceDown");
        falls("FinetideConsumerLag");
    }

    private void workersAreKilled() throws Exception {
        for (int i = 0; i < 3; i++) {
            String run = create(1_000);
            killWorker(run);
            await().atMost(PATIENCE).until(() -> get(run).getState() == State.FAILED);
        }
        rings("FinetideWorkersLost");
        rings("FinetideRunsFailing");
    }

    private void aWorkerHangsAndTheQueueGrows() throws Exception {
        String first = create(10_000);
        String second = create(10_000);
        await().atMost(PATIENCE).until(() -> get(first).getProgress().getStep() > 0);
        ProcessHandle worker = stack.worker(first).orElseThrow();
        RunningStack.signal(worker.pid(), "STOP");
        rings("FinetideNoProgress");
        rings("FinetideQueueLong");
        RunningStack.signal(worker.pid(), "CONT");
        for (String run : List.of(second, first)) {
            runs().cancelTrainingRun(
                            CancelTrainingRunRequest.newBuilder().setName(run).build());
        }
        await().atMost(PATIENCE).until(() -> get(first).getState() == State.CANCELLED);
    }

    /// Stops the leader: the other replica takes runs and must not start them, because the leader may still work.
    private void theLeaderHangs(Replica waiting) throws Exception {
        ManagedChannel other = NettyChannelBuilder.forTarget(waiting.endpoint())
                .usePlaintext()
                .intercept(stack.owner())
                .build();
        channels.put("the other training-service", other);
        stack.signal("training-service", "STOP");
        String run = create(TrainingRunServiceGrpc.newBlockingStub(other), 1);
        rings("FinetideQueueStuck");
        stack.signal("training-service", "CONT");
        await().atMost(PATIENCE).until(() -> get(run).getState() == State.SUCCEEDED);
    }

    private void evaluationsFail() throws Exception {
        List<String> evaluations = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            String run = create(1);
            String evaluation = await().atMost(PATIENCE).until(() -> get(run).getEvaluation(), name -> !name.isEmpty());
            killWorker(evaluation);
            evaluations.add(evaluation);
        }
        for (String evaluation : evaluations) {
            await().atMost(PATIENCE)
                    .until(() -> EvaluationServiceGrpc.newBlockingStub(channel("eval-service"))
                                    .getEvaluation(GetEvaluationRequest.newBuilder()
                                            .setName(evaluation)
                                            .build())
                                    .getState()
                            == State.FAILED);
        }
        rings("FinetideEvaluationsFailing");
    }

    /// Kills the broker while `up` is stopped, so that nobody restarts it.
    private void theBrokerIsAway() throws Exception {
        stack.signal("up", "STOP");
        stack.signal("kafka", "KILL");
        create(1);
        rings("FinetideOutboxStuck");
        stack.signal("up", "CONT");
        falls("FinetideOutboxStuck");
    }

    private void theDatabaseIsAway() throws Exception {
        stack.signal("up", "STOP");
        stack.signal("postgres", "KILL");
        rings("FinetideDatabaseAway");
        stack.signal("up", "CONT");
        falls("FinetideDatabaseAway");
    }

    private void falls(String alert) {
        await(alert).atMost(PATIENCE).until(() -> !prometheus.isFiring(alert));
    }

    private void rings(String alert) {
        Instant begin = Instant.now();
        await(alert).atMost(PATIENCE).until(() -> prometheus.isFiring(alert));
        rung.add(alert);
        System.out.printf(
                "%s rang after %d s%n",
                alert, Duration.between(begin, Instant.now()).toSeconds());
    }

    private void killWorker(String resource) {
        await().atMost(PATIENCE)
                .until(() -> stack.worker(resource)
                        .map(ProcessHandle::destroyForcibly)
                        .orElse(false));
    }

    private void oneGoodRun() throws Exception {
        Finetide finetide = stack.finetide();
        finetide.ok(
                "dataset",
                "push",
                "tickets",
                head("train.jsonl", 40).toString(),
                "--test",
                head("test.jsonl", 2).toString());
        finetide.ok("base", "add", "small", DEMO.resolve("base").toString());
        finetide.train("--base small --dataset tickets --method full --max-steps 2 --batch-size 2"
                + " --eval-max-new-tokens 2");
        finetide.ok("model", "approve", "tickets@1", "--reason", "test");
    }

    private String create(int steps) {
        return create(runs(), steps);
    }

    private static String create(TrainingRunServiceBlockingStub service, int steps) {
        return service.createTrainingRun(CreateTrainingRunRequest.newBuilder()
                        .setParent("projects/default")
                        .setConfig(TrainingConfig.newBuilder()
                                .setDatasetVersion(DATASET)
                                .setBase("projects/default/bases/small")
                                .setMethod(Method.LORA)
                                .setMaxSteps(steps)
                                .setWarmupSteps(0)
                                .setMaxAttempts(1)
                                .setBatchSize(2)
                                .setEvaluation(EvaluationConfig.newBuilder().setMaxNewTokens(2)))
                        .build())
                .getName();
    }

    private TrainingRun get(String run) {
        return runs().getTrainingRun(
                        GetTrainingRunRequest.newBuilder().setName(run).build());
    }

    private TrainingRunServiceBlockingStub runs() {
        return TrainingRunServiceGrpc.newBlockingStub(channel("training-service"));
    }

    private ManagedChannel channel(String service) {
        return channels.computeIfAbsent(service, stack::channel);
    }

    private Path head(String file, int lines) throws Exception {
        Path head = directory.resolve(file);
        try (Stream<String> all = Files.lines(DEMO.resolve("support-desk").resolve(file))) {
            Files.write(head, all.limit(lines).toList());
        }
        return head;
    }

    /// Takes the answer to an upload whose client has left.
    private static final class Nobody implements StreamObserver<DatasetVersion> {
        @Override
        public void onNext(DatasetVersion version) {}

        @Override
        public void onError(Throwable cancelled) {}

        @Override
        public void onCompleted() {}
    }
}
