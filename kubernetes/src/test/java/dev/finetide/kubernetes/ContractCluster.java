package dev.finetide.kubernetes;

import static dev.finetide.kit.embedded.Patience.await;

import dev.finetide.kit.launch.WorkerLauncher.WorkerExit;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/// A namespace of the test cluster with launchers in it. The launchers have the rights that `k8s/base` grants
/// training-service and no others; pods run until a test ends them.
public final class ContractCluster implements AutoCloseable {
    final TestCluster cluster = TestCluster.shared();
    final KubernetesClient client = cluster.client();
    final String namespace;

    private final List<KubernetesWorkerLauncher> launchers = new ArrayList<>();

    public ContractCluster() throws IOException {
        namespace = "t-" + UUID.randomUUID().toString().substring(0, 8);
        LauncherAccount.create(client, namespace);
    }

    public String namespace() {
        return namespace;
    }

    /// Returns a client with the rights of cluster-admin.
    public KubernetesClient admin() {
        return client;
    }

    public KubernetesWorkerLauncher launcher(Consumer<WorkerExit> exits) {
        return launcher(Map.of(), exits);
    }

    /// @param settings settings in addition to the namespace and small resources
    KubernetesWorkerLauncher launcher(Map<String, String> settings, Consumer<WorkerExit> exits) {
        return launcher(LauncherAccount.config(client, namespace, "training-service"), settings, exits);
    }

    /// @param config address of the cluster and account of the launcher
    KubernetesWorkerLauncher launcher(Config config, Map<String, String> settings, Consumer<WorkerExit> exits) {
        Map<String, String> all = new HashMap<>(
                Map.of("namespace", namespace, "image", "worker", "memory", "2Gi", "shared-memory", "1Gi", "cpu", "1"));
        all.put("scratch", "1Gi");
        all.putAll(settings);
        KubernetesWorkerLauncher launcher = new KubernetesWorkerLauncher(
                KubernetesWorkerLauncher.client(config),
                Specs.settings(all),
                "training-service",
                Duration.ofSeconds(5));
        launcher.onExit(exits);
        launchers.add(launcher);
        return launcher;
    }

    public int pods(String resource, int attempt) {
        return all(resource, attempt).size();
    }

    private List<Pod> all(String resource, int attempt) {
        return client.pods()
                .inNamespace(namespace)
                .withLabel(
                        "batch.kubernetes.io/job-name",
                        JobName.of(resource, attempt).text())
                .list()
                .getItems();
    }

    public void end(String resource, int attempt, int exitCode) {
        fate(
                resource,
                attempt,
                exitCode == 0
                        ? Map.of("sim.finetide/fate", "succeed", "sim.finetide/run-seconds", "0")
                        : Map.of(
                                "sim.finetide/fate", "fail",
                                "sim.finetide/run-seconds", "0",
                                "sim.finetide/exit-code", Integer.toString(exitCode)));
    }

    void fate(String resource, int attempt, Map<String, String> annotations) {
        await().until(() -> pods(resource, attempt) > 0);
        Pod pod = all(resource, attempt).getFirst();
        TestCluster.patch(
                client.resource(pod), Serialization.asJson(Map.of("metadata", Map.of("annotations", annotations))));
    }

    Optional<Job> job(String resource, int attempt) {
        return Optional.ofNullable(client.batch()
                .v1()
                .jobs()
                .inNamespace(namespace)
                .withName(JobName.of(resource, attempt).text())
                .get());
    }

    /// Closes all nodes to new pods, or opens them.
    void cordon(boolean closed) {
        client.nodes()
                .list()
                .getItems()
                .forEach(node ->
                        TestCluster.patch(client.resource(node), "{\"spec\":{\"unschedulable\":" + closed + "}}"));
    }

    /// @param state `down` loses a simulated node, `up` brings it back
    void kubelet(String node, String state) {
        TestCluster.patch(
                client.nodes().withName(node),
                "{\"metadata\":{\"labels\":{\"sim.finetide/kubelet\":\"" + state + "\"}}}");
    }

    Optional<Pod> pod(String resource, int attempt) {
        return all(resource, attempt).stream().findFirst();
    }

    @Override
    public void close() {
        launchers.forEach(KubernetesWorkerLauncher::close);
        client.namespaces().withName(namespace).delete();
        client.close();
    }
}
