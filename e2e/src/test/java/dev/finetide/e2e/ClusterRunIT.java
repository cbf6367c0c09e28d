package dev.finetide.e2e;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.finetide.kubernetes.TestCluster;
import dev.finetide.proto.training.v1.GetTrainingRunRequest;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.StateChange;
import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.proto.worker.v1.WorkerEvent;
import io.fabric8.kubernetes.api.model.Pod;
import io.grpc.ManagedChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/// Runs whose workers are pods of a real control plane go the whole way: gRPC, Job, Kueue, scheduler, pod, training,
/// Kafka, evaluation, registry. Pods are evicted on the way, and a node is lost and comes back.
@EnabledIf("dev.finetide.kubernetes.TestCluster#isBuilt")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClusterRunIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path DEMO = Finetide.HOME.resolve("demo");
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    /// More steps than a fast worker computes between a look at its run and what is done to its pod.
    private static final int STEPS = 120;

    /// The time for which the API server hangs.
    private static final Duration HANG = Duration.parse(System.getProperty("cluster.hang", "PT15S"));

    private Path directory;
    private OtlpReceiver collector;
    private ClusterStack platform;
    private Finetide finetide;
    private ManagedChannel training;

    @BeforeAll
    void start(@TempDir Path temp) throws Exception {
        directory = temp;
        collector = new OtlpReceiver();
        Map<String, String> settings = new HashMap<>(AppliedRun.settings(collector));
        settings.put("TRAINING_LOST_AFTER", "12s");
        settings.put("TRAINING_MAX_CONCURRENT_RUNS", "8");
        settings.put("TRAINING_STOP_GRACE", "30s");
        platform = ClusterStack.start(directory, settings);
        finetide = platform.finetide();
        training = platform.stack().channel("training-service");
        finetide.ok("dataset", "push", "tickets", head("train.jsonl", 120), "--test", head("test.jsonl", 10));
        finetide.ok("base", "add", "small", DEMO.resolve("base").toString());
    }

    @AfterAll
    void stop() throws Exception {
        training.shutdownNow();
        platform.close();
        collector.close();
    }

    @Test
    void anAppliedRunIsOneTraceThroughItsPods() throws Exception {
        AppliedRun run = new AppliedRun(platform, collector);
        run.apply("applied");
        run.verifyTrace();
    }

    @Test
    void aRunGoesTheWholeWayAsPodsThatAreEvictedAndLost() throws Exception {
        // Given
        String run = create("tickets", STEPS);
        awaitRun(run, its -> its.getProgress().getStep() >= 7);
        // When its pod is evicted
        assertThat(evict(platform.pod(run, 1).orElseThrow())).isTrue();
        TrainingRun resumed =
                awaitRun(run, its -> its.getAttempt() >= 2 && its.getProgress().getStep() >= 14);
        assertThat(causes(resumed)).anyMatch(cause -> cause.matches("attempt 2 runs on .*, from step \\d+"));
        // And the node of the next one is lost, until it comes back with a worker that knows nothing of it
        int lost = resumed.getAttempt();
        ProcessHandle worker = process(run, lost);
        TestCluster.signal(worker, "STOP");
        platform.kubelet().disconnect();
        TrainingRun givenUp = awaitRun(run, its -> its.getAttempt() > lost);
        assertThat(causes(givenUp)).anyMatch(cause -> cause.contains("node process-0 does not answer"));
        TestCluster.signal(worker, "CONT");
        // The old worker learns that its run has another writer, and leaves; what it may still have sent is refused.
        await().atMost(PATIENCE).until(() -> !worker.isAlive());
        reportLate(run, resumed.getEpoch());
        platform.kubelet().reconnect();
        // Then it ends once, with one version of the model
        awaitRun(run, its -> its.getState() == State.SUCCEEDED);
        TrainingUpdates updates = TrainingUpdates.of(training, run);
        updates.verify(STEPS);
        verifyOneWriter(run, updates, resumed.getEpoch());
        platform.stack().awaitDecided("projects/default/models/tickets/versions/1");
        JsonNode model = JSON.readTree(finetide.ok("model", "show", "tickets@1", "-o", "json"));
        assertThat(JSON.readTree(finetide.ok("model", "list", "tickets", "-o", "json"))
                        .path("name"))
                .isEqualTo(model.path("name"));
        if (!model.path("state").asText().equals("APPROVED")) {
            finetide.ok("model", "approve", "tickets@1", "--reason", "e2e");
        }
        finetide.ok("model", "pull", "tickets@1", directory.resolve("adapter").toString());
        assertThat(directory.resolve("adapter/adapter_model.safetensors")).exists();
        assertThat(platform.stack().data().resolve("blobs")).doesNotExist();
        awaitNothingLeft();
    }

    @Test
    void aPodThatOutgrowsItsMemorySaysWhatItsWorkerHadExpected() throws Exception {
        String run = create("hungry", 10_000);
        awaitRun(run, its -> its.getProgress().getStep() >= 1);
        // Its limit comes down below what the process holds.
        platform.resize(platform.pod(run, 1).orElseThrow(), "200Mi");
        TrainingRun failed = await().atMost(PATIENCE).until(() -> get(run), TrainingRun::hasError);
        assertThat(failed.getError().getReason()).isEqualTo(WorkReason.OUT_OF_MEMORY);
        assertThat(failed.getError().getMessage())
                .matches(".*OOMKilled.*limit of its pod is 200Mi; the worker expected to need [0-9.]+ GiB");
        assertThat(failed.getAttempt()).isEqualTo(1);
    }

    @Test
    void anApiServerThatHangsDelaysRunsAndDoublesNothing() throws Exception {
        String works = create("works", 40);
        awaitRun(works, its -> its.getProgress().getStep() >= 1);
        String waits;
        platform.signalApiServer("STOP");
        Instant stopped = Instant.now();
        try {
            waits = create("waits", 5);
            awaitRun(waits, its -> its.getWaiting().getReason().equals(WorkReason.CLUSTER_UNREACHABLE));
            await().pollInterval(Duration.ofSeconds(1)).atMost(PATIENCE).until(() -> {
                for (String service : List.of("training-service", "eval-service")) {
                    assertThat(Replica.isReady(platform.stack().http(service)))
                            .as(service)
                            .isTrue();
                }
                return Instant.now().isAfter(stopped.plus(HANG));
            });
            System.out.printf(
                    "API server hung for %d s: the run at work is %s at step %d, the other waits: %s%n",
                    Duration.between(stopped, Instant.now()).toSeconds(),
                    get(works).getState(),
                    get(works).getProgress().getStep(),
                    get(waits).getWaiting().getMessage());
        } finally {
            platform.signalApiServer("CONT");
        }
        Instant back = Instant.now();
        awaitRun(waits, its -> its.getProgress().getStep() >= 1);
        System.out.printf(
                "%d s later it trains%n", Duration.between(back, Instant.now()).toSeconds());
        for (String run : List.of(works, waits)) {
            awaitRun(run, its -> its.getState() == State.SUCCEEDED);
            System.out.println(causes(get(run)));
        }
        TrainingUpdates.of(training, works).verify(40);
        TrainingUpdates.of(training, waits).verify(5);
        platform.stack().awaitDecided("projects/default/models/works/versions/1");
        platform.stack().awaitDecided("projects/default/models/waits/versions/1");
        awaitNothingLeft();
        assertThat(platform.pods())
                .extracting(pod -> pod.getMetadata().getLabels().get("batch.kubernetes.io/job-name"))
                .doesNotHaveDuplicates();
    }

    @Test
    void whatTheClusterDoesToAWorkerIsSaidByItsRun() throws Exception {
        platform.cordon(ClusterStack.REAL_NODE, true);
        platform.cordon(ClusterStack.SIMULATED_NODE, false);
        try {
            platform.queue("Hold");
            String first = create("stories", 5);
            String second = create("stories", 5);
            awaitRun(second, its -> its.getWaiting().getPlace() >= 2 && its.getState() == State.QUEUED);
            assertThat(finetide.ok("run", "show", second)).containsPattern("place \\d+ in the cluster's queue");
            platform.queue("None");
            awaitAttemptRuns(first, 1);

            platform.queue("HoldAndDrain");
            awaitCause(first, 2, "Kueue took its place");
            platform.queue("None");
            awaitAttemptRuns(first, 2);

            platform.fate(first, 2, "succeed");
            awaitCause(first, 3, "exit code 0 without a report");
            awaitAttemptRuns(first, 3);

            platform.fate(first, 3, "oom");
            TrainingRun failed = await().atMost(PATIENCE).until(() -> get(first), TrainingRun::hasError);
            assertThat(failed.getError().getReason()).isEqualTo(WorkReason.OUT_OF_MEMORY);
            assertThat(failed.getError().getMessage()).contains("2Gi");

            platform.simulatedNode(false);
            TrainingRun lost =
                    awaitRun(second, its -> its.getWaiting().getReason().equals(WorkReason.NODE_LOST));
            assertThat(lost.getWaiting().getMessage()).contains("kubectl taint nodes " + ClusterStack.SIMULATED_NODE);
            finetide.ok("run", "cancel", second);
            await().atMost(PATIENCE).until(() -> get(second).getState() == State.CANCELLED);
        } finally {
            platform.queue("None");
            platform.simulatedNode(true);
            platform.cordon(ClusterStack.SIMULATED_NODE, true);
            platform.cordon(ClusterStack.REAL_NODE, false);
        }
        awaitNothingLeft();
    }

    private void awaitAttemptRuns(String run, int attempt) {
        await().atMost(PATIENCE)
                .until(() -> platform.pod(run, attempt)
                        .filter(pod -> "Running".equals(pod.getStatus().getPhase()))
                        .isPresent());
    }

    /// Waits until the run has its next attempt or waits for it, and verifies that the run says why.
    private void awaitCause(String run, int attempt, String cause) {
        TrainingRun now = awaitRun(run, its -> its.getAttempt() >= attempt);
        assertThat(now.getAttempt()).isEqualTo(attempt);
        assertThat(causes(now)).anyMatch(its -> its.contains(cause));
    }

    private boolean evict(Pod pod) {
        return platform.admin()
                .pods()
                .inNamespace(ClusterStack.NAMESPACE)
                .withName(pod.getMetadata().getName())
                .evict();
    }

    private ProcessHandle process(String run, int attempt) {
        String pod = platform.pod(run, attempt).orElseThrow().getMetadata().getName();
        return platform.kubelet().process(pod).orElseThrow();
    }

    /// Sends a step in the name of a worker that may not write any more.
    private void reportLate(String run, long epoch) {
        WorkerEvent late = WorkerEvent.newBuilder()
                .setResource(run)
                .setEpoch(epoch)
                .setSequence(1_000_000)
                .setStep(TrainingProgress.newBuilder().setStep(1_000_000))
                .build();
        try (KafkaProducer<String, byte[]> producer =
                new KafkaProducer<>(platform.stack().kafka(), new StringSerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>("finetide.worker.v1", run, late.toByteArray()));
        }
    }

    /// A step as the worker of an epoch reported it.
    private record ReportedStep(long epoch, TrainingProgress progress) {}

    /// Every step that the run's workers reported, in order: several steps may share a report.
    private List<ReportedStep> reportedSteps(String run) {
        return words(run).stream()
                .filter(WorkerEvent::hasStep)
                .flatMap(event -> Stream.concat(event.getEarlierStepsList().stream(), Stream.of(event.getStep()))
                        .map(progress -> new ReportedStep(event.getEpoch(), progress)))
                .toList();
    }

    /// Returns every event that the run's workers sent.
    private List<WorkerEvent> words(String run) {
        return TopicRecords.read(platform.stack(), "finetide.worker.v1").stream()
                .map(record -> parse(record.value()))
                .filter(event -> event.getResource().equals(run))
                .toList();
    }

    private static WorkerEvent parse(byte[] event) {
        try {
            return WorkerEvent.parseFrom(event);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    /// Verifies that steps which the lost node's worker reported after the run gave it up are not told to watchers,
    /// and that all other steps are.
    private void verifyOneWriter(String run, TrainingUpdates updates, long lost) {
        List<TrainingProgress> told = updates.all().stream()
                .filter(TrainingRunUpdate::hasProgress)
                .map(TrainingRunUpdate::getProgress)
                .toList();
        Map<Boolean, List<ReportedStep>> steps =
                reportedSteps(run).stream().collect(Collectors.partitioningBy(step -> told.contains(step.progress)));
        assertThat(steps.get(true)).extracting(ReportedStep::progress).containsExactlyElementsOf(told);
        assertThat(steps.get(false))
                .isNotEmpty()
                .extracting(ReportedStep::epoch)
                .containsOnly(lost);
    }

    /// Waits until every Job and every pod has ended.
    private void awaitNothingLeft() {
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(platform.jobs())
                    .allSatisfy(job -> assertThat(job.getStatus().getConditions())
                            .anyMatch(its -> Set.of("Complete", "Failed").contains(its.getType())));
            assertThat(platform.pods())
                    .allSatisfy(pod -> assertThat(pod.getStatus().getPhase()).isIn("Succeeded", "Failed"));
        });
    }

    private String create(String model, int steps) throws Exception {
        JsonNode created = JSON.readTree(finetide.ok(
                "run",
                "create",
                "--base",
                "small",
                "--dataset",
                "tickets",
                "--model",
                model,
                "--max-steps",
                Integer.toString(steps),
                "--checkpoint-every",
                "5",
                "--batch-size",
                "8",
                "--eval-max-new-tokens",
                "16",
                "-o",
                "json"));
        return created.path("name").asText();
    }

    private TrainingRun awaitRun(String run, Predicate<TrainingRun> wanted) {
        return await().atMost(PATIENCE).until(() -> get(run), its -> {
            assertThat(its.getState()).as("%s", its.getError()).isNotIn(State.FAILED, State.CANCELLED);
            return wanted.test(its);
        });
    }

    private TrainingRun get(String run) {
        return TrainingRunServiceGrpc.newBlockingStub(training)
                .getTrainingRun(GetTrainingRunRequest.newBuilder().setName(run).build());
    }

    private static List<String> causes(TrainingRun run) {
        return run.getHistoryList().stream().map(StateChange::getCause).toList();
    }

    private String head(String file, int lines) throws Exception {
        Path head = directory.resolve(file);
        try (Stream<String> all = Files.lines(DEMO.resolve("support-desk").resolve(file))) {
            Files.write(head, all.limit(lines).toList());
        }
        return head.toString();
    }
}
