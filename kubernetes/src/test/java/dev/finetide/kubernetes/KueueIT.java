package dev.finetide.kubernetes;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.kit.launch.WorkerLauncher.ExitCause;
import dev.finetide.kit.launch.WorkerLauncher.Remedy;
import dev.finetide.kit.launch.WorkerLauncher.WorkerExit;
import dev.finetide.kit.launch.WorkerLauncher.WorkerStatus;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.proto.worker.v1.TrainTask;
import dev.finetide.proto.worker.v1.WorkerSpec;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/// Jobs in the queues of a real Kueue, with the objects of `k8s/components/kueue`. Each Job takes all eight GPUs.
@EnabledIf("dev.finetide.kubernetes.TestCluster#isBuilt")
class KueueIT {
    private final List<WorkerExit> exits = new CopyOnWriteArrayList<>();
    private ContractCluster cluster;
    private KubernetesWorkerLauncher launcher;

    @BeforeEach
    void aQueue() throws Exception {
        cluster = new ContractCluster();
        queues();
        launcher = queued("NVIDIA-H200");
    }

    @AfterEach
    void leave() {
        cluster.client.batch().v1().jobs().inNamespace(cluster.namespace).delete();
        List<HasMetadata> everybodys = objects().stream()
                .filter(object -> !object.getKind().equals("LocalQueue"))
                .toList();
        everybodys.forEach(object -> cluster.client.resource(object).delete());
        await().until(() -> everybodys.stream()
                .allMatch(object -> cluster.client.resource(object).get() == null));
        cluster.close();
    }

    private List<HasMetadata> objects() {
        try (InputStream yaml = Files.newInputStream(Path.of("../k8s/components/kueue/queues.yaml"))) {
            return cluster.client.load(yaml).items();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /// Creates the queues of `k8s/components/kueue` unchanged in this test's namespace.
    private void queues() {
        for (HasMetadata object : objects()) {
            if (object.getKind().equals("LocalQueue")) {
                object.getMetadata().setNamespace(cluster.namespace);
            } else if (object instanceof GenericKubernetesResource queue
                    && object.getKind().equals("ClusterQueue")) {
                Map<String, Object> spec = queue.get("spec");
                spec.put("namespaceSelector", Map.of());
            }
            cluster.client.resource(object).create();
        }
    }

    private KubernetesWorkerLauncher queued(String product) {
        return cluster.launcher(
                Map.of(
                        "queue",
                        "finetide",
                        "gpus",
                        "8",
                        "gpu-product",
                        product,
                        "priority-classes",
                        "0=finetide-normal,1=finetide-high"),
                exits::add);
    }

    @Test
    void whoWaitsKnowsItsPlaceAndComesNext() {
        launch("run-a", 0);
        await().until(() ->
                kind("run-a").filter(WorkerStatus.Kind.RUNNING::equals).isPresent());
        launch("run-b", 0);
        awaitPlace("run-b", 1);
        awaitAnotherSecond("run-b");
        launch("run-c", 0);
        awaitPlace("run-c", 2);
        awaitAnotherSecond("run-c");
        launch("run-d", 1);
        // The Job with the highest priority comes first, and takes the place of the running Job.
        await().until(() -> exits.stream().anyMatch(exit -> exit.resource().endsWith("run-a")));
        ExitCause cause = exits.getFirst().cause().orElseThrow();
        assertThat(cause.remedy()).isEqualTo(Remedy.RETRY_UNCOUNTED);
        assertThat(cause.reason()).isEqualTo(WorkReason.EVICTED);
        assertThat(cause.message()).contains("Preempted");
        await().until(() -> cluster.pods(run("run-d"), 1) == 1);
        // The service makes another attempt for the evicted run, whose Job waits behind the others.
        launcher.stop(run("run-a"), 1);
        launcher.launch(spec("run-a", 2, 0));
        await().until(() -> cluster.job(run("run-a"), 1).isEmpty());
        await().untilAsserted(() -> assertThat(launcher.status(run("run-a"), 2))
                .hasValueSatisfying(its -> assertThat(its.place()).isEqualTo(3)));
        cluster.end(run("run-d"), 1, 0);
        await().until(() -> cluster.pods(run("run-b"), 1) == 1);
        awaitPlace("run-c", 1);
    }

    @Test
    void aGpuThatNoQueueHasIsSaid() {
        launcher = queued("NVIDIA-B900");
        launch("run-a", 0);
        await().until(() -> launcher.status(run("run-a"), 1)
                .filter(its -> its.kind() == WorkerStatus.Kind.QUEUED
                        && its.message().contains("flavor h200 doesn't match node affinity"))
                .isPresent());
    }

    private void awaitPlace(String run, int place) {
        WorkerStatus status = await().until(
                        () -> launcher.status(run(run), 1),
                        its -> its.filter(one -> one.kind() == WorkerStatus.Kind.QUEUED && one.place() == place)
                                .isPresent())
                .orElseThrow();
        await().until(() -> launcher.status(run(run), 1)
                .filter(its -> its.message().contains("nvidia.com/gpu"))
                .isPresent());
        assertThat(status.reason()).isEqualTo(WorkReason.WORK_REASON_UNSPECIFIED);
    }

    /// Waits until the next second: creation times have whole seconds, so two Jobs of one second have no fixed order.
    private void awaitAnotherSecond(String run) {
        Instant created = Instant.parse(
                cluster.job(run(run), 1).orElseThrow().getMetadata().getCreationTimestamp());
        await().until(() -> Instant.now().isAfter(created.plusSeconds(2)));
    }

    private Optional<WorkerStatus.Kind> kind(String run) {
        return launcher.status(run(run), 1).map(WorkerStatus::kind);
    }

    private void launch(String run, int priority) {
        launcher.launch(spec(run, 1, priority));
    }

    private static String run(String id) {
        return "projects/default/trainingRuns/" + id;
    }

    private static WorkerSpec spec(String run, int attempt, int priority) {
        return WorkerSpec.newBuilder()
                .setResource(run(run))
                .setAttempt(attempt)
                .setTrain(TrainTask.newBuilder()
                        .setConfig(TrainingConfig.newBuilder().setPriority(priority)))
                .build();
    }
}
