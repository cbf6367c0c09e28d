package dev.finetide.kubernetes;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.kit.launch.WorkerLauncher.ExitCause;
import dev.finetide.kit.launch.WorkerLauncher.Remedy;
import dev.finetide.kit.launch.WorkerLauncher.WorkerStatus;
import dev.finetide.proto.work.v1.WorkReason;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/// The launcher under faults of the cluster and its pods, on a real control plane with simulated nodes. The launcher
/// says what is wrong, continues when the fault is over, and never gives an attempt two pods.
@EnabledIf("dev.finetide.kubernetes.TestCluster#isBuilt")
class ClusterTroubleIT {
    private static final String RUN = Attempts.RUN;
    private ContractCluster cluster;
    private Attempts attempts;

    @BeforeEach
    void aNamespace() throws Exception {
        cluster = new ContractCluster();
        attempts = new Attempts(cluster);
    }

    @AfterEach
    void leave() {
        cluster.close();
    }

    // Faults that keep a worker from starting.

    @Test
    void noClusterIsSaid() {
        Config nobody = new ConfigBuilder(Config.empty())
                .withMasterUrl("https://127.0.0.1:1")
                .build();
        attempts.launch(cluster.launcher(nobody, Map.of(), exit -> {}), 1);
        assertThat(attempts.awaitBlocked(WorkReason.CLUSTER_UNREACHABLE)).contains("does not answer");
    }

    @Test
    void missingRightsAreSaidUntilTheyAreGiven() {
        Config powerless = LauncherAccount.config(cluster.client, cluster.namespace, "gpu-worker");
        attempts.launch(cluster.launcher(powerless, Map.of(), attempts.exits::add), 1);
        assertThat(attempts.awaitBlocked(WorkReason.NO_RIGHTS)).contains("cannot create resource \"jobs\"");
        RoleBinding binding = cluster.client
                .rbac()
                .roleBindings()
                .inNamespace(cluster.namespace)
                .withName("worker-launcher")
                .require();
        binding.getSubjects().getFirst().setName("gpu-worker");
        cluster.client.resource(binding).update();
        attempts.awaitOnePod(1);
    }

    @Test
    void rightsToCreateButNotToWatchAreSaid() {
        cluster.client
                .rbac()
                .roles()
                .inNamespace(cluster.namespace)
                .withName("worker-launcher")
                .edit(role -> role.edit()
                        .editMatchingRule(rule -> rule.getResources().contains("pods"))
                        .withVerbs("get")
                        .endRule()
                        .build());
        attempts.launch(1);
        assertThat(attempts.awaitBlocked(WorkReason.NO_RIGHTS)).contains("cannot list resource \"pods\"");
    }

    @Test
    void aFullQuotaOfJobsIsSaidUntilThereIsRoom() {
        quota("count/jobs.batch");
        attempts.launch(1);
        assertThat(attempts.awaitBlocked(WorkReason.QUOTA_EXCEEDED)).contains("exceeded quota: q");
        cluster.client.resourceQuotas().inNamespace(cluster.namespace).delete();
        attempts.awaitOnePod(1);
    }

    @Test
    void aFullQuotaOfPodsIsSaid() {
        quota("pods");
        attempts.launch(1);
        assertThat(attempts.awaitBlocked(WorkReason.QUOTA_EXCEEDED)).contains("exceeded quota: q");
    }

    private void quota(String resource) {
        cluster.client
                .resource(new ResourceQuotaBuilder()
                        .withNewMetadata()
                        .withName("q")
                        .withNamespace(cluster.namespace)
                        .endMetadata()
                        .withNewSpec()
                        .withHard(Map.of(resource, Quantity.parse("0")))
                        .endSpec()
                        .build())
                .create();
        await().until(() -> cluster.client
                        .resourceQuotas()
                        .inNamespace(cluster.namespace)
                        .withName("q")
                        .require()
                        .getStatus()
                        .getHard()
                != null);
    }

    @Test
    void aGpuThatNobodyHasIsSaid() {
        attempts.launch(cluster.launcher(Map.of("gpu-product", "NVIDIA-B900"), attempts.exits::add), 1);
        assertThat(attempts.awaitBlocked(WorkReason.UNSCHEDULABLE))
                .contains("didn't match Pod's node affinity/selector");
    }

    @Test
    void anImageThatDoesNotExistIsSaid() {
        cluster.cordon(true);
        try {
            attempts.launch(1);
            cluster.fate(RUN, 1, Map.of("sim.finetide/fate", "image-missing"));
        } finally {
            cluster.cordon(false);
        }
        assertThat(attempts.awaitBlocked(WorkReason.IMAGE_PULL)).contains("image worker: ");
    }

    @Test
    void aNamespaceThatIsBeingDeletedTakesItsJobsAndNoOthers() {
        attempts.launch(1);
        attempts.awaitOnePod(1);
        // The launcher must watch before its rights are deleted: it could not start to watch without them.
        attempts.awaitStanding(1, WorkerStatus.Kind.RUNNING);
        // Given a namespace that takes its time to go
        cluster.client
                .configMaps()
                .inNamespace(cluster.namespace)
                .withName("kube-root-ca.crt")
                .edit(map -> map.edit()
                        .editMetadata()
                        .addToFinalizers("finetide.dev/held")
                        .endMetadata()
                        .build());
        try {
            cluster.client.namespaces().withName(cluster.namespace).delete();
            assertThat(attempts.awaitExit(1)).isEqualTo(Remedy.RETRY_UNCOUNTED);
            attempts.launch(2);
            assertThat(attempts.awaitBlocked(2, WorkReason.NO_NAMESPACE)).contains("being terminated");
        } finally {
            cluster.client
                    .configMaps()
                    .inNamespace(cluster.namespace)
                    .withName("kube-root-ca.crt")
                    .edit(map -> map.edit()
                            .editMetadata()
                            .withFinalizers()
                            .endMetadata()
                            .build());
        }
    }

    // Faults that end a worker.

    @Test
    void aPodThatIsKilledForMemoryNamesItsLimit() {
        attempts.launch(1);
        cluster.fate(RUN, 1, Map.of("sim.finetide/fate", "oom", "sim.finetide/run-seconds", "0"));
        ExitCause cause = attempts.awaitCause(1);
        assertThat(cause.remedy()).isEqualTo(Remedy.NONE);
        assertThat(cause.reason()).isEqualTo(WorkReason.OUT_OF_MEMORY);
        assertThat(cause.message()).contains("2Gi");
    }

    @Test
    void anEvictedPodIsADisruptionAndItsJobStartsNoOther() {
        attempts.launch(1);
        Pod pod = attempts.awaitOnePod(1);
        cluster.client
                .pods()
                .inNamespace(cluster.namespace)
                .withName(pod.getMetadata().getName())
                .evict();
        assertThat(attempts.awaitExit(1)).isEqualTo(Remedy.RETRY_UNCOUNTED);
        // The Job controller would wait ten seconds before a second pod.
        await().during(12, TimeUnit.SECONDS).until(() -> cluster.pods(RUN, 1) <= 1);
    }

    @Test
    void aPodThatItsKubeletEvictedIsADisruption() {
        attempts.launch(1);
        cluster.fate(RUN, 1, Map.of("sim.finetide/fate", "evict", "sim.finetide/run-seconds", "0"));
        assertThat(attempts.awaitExit(1)).isEqualTo(Remedy.RETRY_UNCOUNTED);
    }

    @Test
    void aJobThatSomebodyDeletedIsADisruption() {
        attempts.launch(1);
        attempts.awaitStanding(1, WorkerStatus.Kind.RUNNING);
        attempts.awaitOnePod(1);
        cluster.client.batch().v1().jobs().inNamespace(cluster.namespace).delete();
        assertThat(attempts.awaitExit(1)).isEqualTo(Remedy.RETRY_UNCOUNTED);
    }

    @Test
    void aJobThatSomebodySuspendedIsADisruptionAndIsNotLeftBehind() {
        attempts.launch(1);
        attempts.awaitOnePod(1);
        Job job = cluster.job(RUN, 1).orElseThrow();
        TestCluster.patch(cluster.client.resource(job), "{\"spec\":{\"suspend\":true}}");
        ExitCause cause = attempts.awaitCause(1);
        assertThat(cause.remedy()).isEqualTo(Remedy.RETRY_UNCOUNTED);
        assertThat(cause.reason()).isEqualTo(WorkReason.EVICTED);
        attempts.next(2);
        attempts.awaitOnePod(2);
        await().until(() -> cluster.job(RUN, 1).isEmpty());
    }

    @Test
    void aWorkerThatEndsWithoutItsReportHasOnlyItsExitCode() {
        attempts.launch(1);
        cluster.end(RUN, 1, 0);
        await().until(() -> !attempts.exits.isEmpty());
        assertThat(attempts.exits.getFirst().exitCode()).hasValue(0);
        assertThat(attempts.exits.getFirst().cause()).isEmpty();
    }

    @Test
    void aNodeThatIsLostForGoodIsNamedAndTheNextAttemptRunsElsewhere() {
        attempts.launch(1);
        String lost = attempts.awaitOnePod(1).getSpec().getNodeName();
        cluster.kubelet(lost, "down");
        try {
            WorkerStatus status = attempts.awaitStanding(1, WorkerStatus.Kind.LOST);
            assertThat(status.reason()).isEqualTo(WorkReason.NODE_LOST);
            assertThat(status.message())
                    .contains(
                            "node " + lost + " does not answer",
                            "kubectl taint nodes " + lost
                                    + " node.kubernetes.io/out-of-service=nodeshutdown:NoExecute");
            // The platform's rights allow a new Job for the next attempt, and deleting the old one.
            attempts.next(2);
            assertThat(attempts.awaitOnePod(2).getSpec().getNodeName()).isNotEqualTo(lost);
            await().until(() -> cluster.job(RUN, 1).isEmpty());
            assertThat(attempts.exits).isEmpty();
        } finally {
            cluster.kubelet(lost, "up");
        }
        await().until(() -> cluster.pods(RUN, 1) == 0);
        assertThat(cluster.pods(RUN, 2)).isEqualTo(1);
    }

    @Test
    void aJobOfNobodyIsDeleted() {
        KubernetesWorkerLauncher launcher = attempts.launch(1);
        attempts.awaitOnePod(1);
        await().atMost(1, TimeUnit.MINUTES).untilAsserted(() -> {
            launcher.retain(Set.of());
            assertThat(cluster.job(RUN, 1)).isEmpty();
        });
    }

    @Test
    void aWorkerThatHasReportedItsEndExitsByItself() {
        KubernetesWorkerLauncher launcher = attempts.launch(1);
        attempts.awaitOnePod(1);
        launcher.retain(Set.of());
        cluster.end(RUN, 1, 0);
        await().until(() -> !attempts.exits.isEmpty());
        assertThat(attempts.exits.getFirst().exitCode()).hasValue(0);
        assertThat(cluster.job(RUN, 1)).isPresent();
    }

    @Test
    void aNamespaceThatIsNotThereIsSaidUntilItIs() throws Exception {
        String later = cluster.namespace + "-later";
        Config admin = cluster.client.getConfiguration();
        attempts.launch(cluster.launcher(admin, Map.of("namespace", later), attempts.exits::add), 1);
        assertThat(attempts.awaitBlocked(WorkReason.NO_NAMESPACE)).contains(later);
        LauncherAccount.create(cluster.client, later);
        try {
            attempts.awaitStanding(1, WorkerStatus.Kind.RUNNING);
        } finally {
            cluster.client.resource(namespace(later)).delete();
        }
    }

    private Namespace namespace(String name) {
        return cluster.client.namespaces().withName(name).require();
    }
}
