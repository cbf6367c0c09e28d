package dev.finetide.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.kubernetes.TestCluster;
import dev.finetide.proto.training.v1.GetTrainingRunRequest;
import dev.finetide.proto.training.v1.StateChange;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.worker.v1.WorkerEvent;
import io.fabric8.kubernetes.api.model.Pod;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/// Runs whose workers are pods of a real control plane, the whole way: gRPC, Job, Kueue, scheduler, pod, training,
/// Kafka, evaluation, registry; and what becomes of a pod on the way that is evicted, or that hangs and wakes up again.
@EnabledIf("isPossible")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClusterRunIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path DEMO = Finetide.HOME.resolve("demo");
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int STEPS = 36;

    private Path directory;
    private ClusterStack platform;
    private Finetide finetide;
    private ManagedChannel training;

    static boolean isPossible() {
        return TestCluster.isBuilt();
    }

    @BeforeAll
    void start(@TempDir Path temp) throws Exception {
        directory = temp;
        platform = ClusterStack.start(
                directory,
                Map.of(
                        "TRAINING_LOST_AFTER",
                        "12s",
                        "TRAINING_MAX_CONCURRENT_RUNS",
                        "8",
                        "TRAINING_STOP_GRACE",
                        "30s"));
        finetide = platform.finetide();
        training = NettyChannelBuilder.forTarget(platform.stack().endpoint("training-service"))
                .usePlaintext()
                .build();
        finetide.ok("dataset", "push", "tickets", head("train.jsonl", 120), "--test", head("test.jsonl", 10));
        finetide.ok("base", "add", "small", DEMO.resolve("base").toString());
    }

    @AfterAll
    void stop() throws Exception {
        training.shutdownNow();
        platform.close();
    }

    @Test
    void aRunGoesTheWholeWayAsPodsThatAreEvictedAndHang() throws Exception {
        // Given
        String run = create("tickets", STEPS);
        awaitRun(run, its -> its.getProgress().getStep() >= 7);
        // When its pod is evicted, and the next one hangs until the platform has given it up
        Pod first = platform.pod(run, 1).orElseThrow();
        assertThat(evict(first)).isTrue();
        TrainingRun resumed =
                awaitRun(run, its -> its.getAttempt() >= 2 && its.getProgress().getStep() >= 14);
        assertThat(causes(resumed)).anyMatch(cause -> cause.matches("attempt 2 runs on .*, from step \\d+"));
        int hung = resumed.getAttempt();
        ProcessHandle worker = process(run, hung);
        TestCluster.signal(worker, "STOP");
        awaitRun(run, its -> its.getAttempt() > hung && its.getState() == TrainingRun.State.RUNNING);
        TestCluster.signal(worker, "CONT");
        await().atMost(PATIENCE).until(() -> !worker.isAlive());
        // Then it ends once, with one version of the model
        awaitRun(run, its -> its.getState() == TrainingRun.State.SUCCEEDED);
        TrainingUpdates updates = TrainingUpdates.of(training, run);
        updates.verify(STEPS);
        verifyOneWriter(run, updates);
        JsonNode model = awaitDecided("tickets@1");
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
    void whatTheClusterDoesToAWorkerIsSaidByItsRun() throws Exception {
        platform.cordon(ClusterStack.REAL_NODE, true);
        platform.cordon(ClusterStack.SIMULATED_NODE, false);
        try {
            platform.queue("Hold");
            String first = create("stories", 5);
            String second = create("stories", 5);
            awaitRun(second, its -> its.getWaiting().getPlace() == 2 && its.getState() == TrainingRun.State.QUEUED);
            assertThat(finetide.ok("run", "show", second)).contains("place 2 in the cluster's queue");
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
            assertThat(failed.getError().getReason()).isEqualTo("OUT_OF_MEMORY");
            assertThat(failed.getError().getMessage()).contains("2Gi");

            platform.simulatedNode(false);
            TrainingRun lost =
                    awaitRun(second, its -> its.getWaiting().getReason().equals("NODE_LOST"));
            assertThat(lost.getWaiting().getMessage()).contains("kubectl taint nodes " + ClusterStack.SIMULATED_NODE);
            finetide.ok("run", "cancel", second);
            await().atMost(PATIENCE).until(() -> get(second).getState() == TrainingRun.State.CANCELLED);
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

    /// The run waits for its next attempt, or has it, and says why.
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

    /// The pod that woke up wrote after its successor, and nothing of that is in the run's story.
    private void verifyOneWriter(String run, TrainingUpdates updates) throws Exception {
        long newest = 0;
        int late = 0;
        List<TrainingProgress> heard = new ArrayList<>();
        for (var record : TopicRecords.read(platform.stack(), "finetide.worker.v1")) {
            WorkerEvent event = WorkerEvent.parseFrom(record.value());
            if (!event.getResource().equals(run)) {
                continue;
            }
            newest = Math.max(newest, event.getEpoch());
            if (event.getEpoch() < newest) {
                late++;
            } else if (event.hasStep()) {
                heard.add(event.getStep());
            }
        }
        assertThat(late).as("reports of the pod that woke up").isPositive();
        assertThat(updates.all().stream().filter(TrainingRunUpdate::hasProgress).map(TrainingRunUpdate::getProgress))
                .containsExactlyElementsOf(heard);
    }

    /// No Job and no pod goes on, and no process of one.
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
            assertThat(its.getState())
                    .as("%s", its.getError())
                    .isNotIn(TrainingRun.State.FAILED, TrainingRun.State.CANCELLED);
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

    private JsonNode awaitDecided(String model) {
        return await().atMost(PATIENCE)
                .pollInterval(Duration.ofSeconds(1))
                .until(
                        () -> {
                            Finetide.Result shown = finetide.run("model", "show", model, "-o", "json");
                            return shown.exitCode() == 0 ? JSON.readTree(shown.out()) : JSON.createObjectNode();
                        },
                        its -> Set.of("APPROVED", "PENDING_APPROVAL")
                                        .contains(its.path("state").asText())
                                && its.has("report"));
    }

    private String head(String file, int lines) throws Exception {
        Path head = directory.resolve(file);
        try (Stream<String> all = Files.lines(DEMO.resolve("support-desk").resolve(file))) {
            Files.write(head, all.limit(lines).toList());
        }
        return head.toString();
    }
}
