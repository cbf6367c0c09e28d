package dev.finetide.e2e;

import static dev.finetide.kit.embedded.Patience.await;

import dev.finetide.blobs.S3Server;
import dev.finetide.blobs.SessionServer;
import dev.finetide.e2e.kubelet.ProcessKubelet;
import dev.finetide.kubernetes.LauncherAccount;
import dev.finetide.kubernetes.TestCluster;
import dev.finetide.proto.event.KafkaSettings;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The platform with its workers on a cluster. The services are processes of this machine and have the rights that
/// `k8s/base` gives them; the control plane is real and queues by Kueue as in `k8s/components/kueue`;
/// blobs are in S3, for the services by their identity, for each worker by a session within a policy. Workers run on
/// the node `process-0`, whose pods are processes of this machine. The node `gpu-0` is cordoned; its pods are simulated
/// and run no program.
final class ClusterStack implements AutoCloseable {
    static final String NAMESPACE = "finetide";
    static final String REAL_NODE = "process-0";
    static final String SIMULATED_NODE = "gpu-0";
    private static final String ACCOUNT = "training-service";
    private static final String SECRET = "finetide-blobs";

    private final TestCluster cluster;
    private final KubernetesClient admin;
    private final ProcessKubelet kubelet;
    private final SessionServer s3;
    private final RunningStack stack;

    private ClusterStack(
            TestCluster cluster, KubernetesClient admin, ProcessKubelet kubelet, SessionServer s3, RunningStack stack) {
        this.cluster = cluster;
        this.admin = admin;
        this.kubelet = kubelet;
        this.s3 = s3;
        this.stack = stack;
    }

    /// @param settings of the services, beside those that lead them to the cluster
    static ClusterStack start(Path directory, Map<String, String> settings) throws Exception {
        TestCluster cluster = TestCluster.start("--nodes", "1", "--fate", "run");
        KubernetesClient admin = cluster.client();
        LauncherAccount.create(admin, NAMESPACE);
        apply(admin, Finetide.HOME.resolve("k8s/components/kueue/queues.yaml"));
        cordon(admin, SIMULATED_NODE, true);
        SessionServer s3 = SessionServer.start(Files.createDirectories(directory.resolve("s3")));
        admin.resource(new SecretBuilder()
                        .withNewMetadata()
                        .withName(SECRET)
                        .withNamespace(NAMESPACE)
                        .endMetadata()
                        // The pods of the real node are processes of this user, who may read the file.
                        .withStringData(Map.of(
                                KafkaSettings.FILE,
                                RunningStack.kafkaSettings(directory).toString()))
                        .build())
                .create();
        ProcessKubelet kubelet = ProcessKubelet.start(
                admin,
                REAL_NODE,
                Files.createDirectories(directory.resolve("pods")),
                Map.of("nvidia.com/gpu.product", "NVIDIA-H200"),
                Map.of("cpu", "8", "memory", "64Gi", "nvidia.com/gpu", "2", "ephemeral-storage", "64Gi"));
        Map<String, String> environment = new HashMap<>(identity(s3, directory));
        environment.put("FINETIDE_BLOBS_URI", s3.uri(S3Server.BUCKET).toString());
        environment.putAll(launching(admin, directory));
        environment.put("FINETIDE_KUBERNETES_COMMAND", String.join(",", worker()));
        environment.put("FINETIDE_KUBERNETES_ENVIRONMENT_SECRETS", SECRET);
        environment.putAll(settings);
        return new ClusterStack(cluster, admin, kubelet, s3, RunningStack.start(directory, environment));
    }

    /// Returns the identity of the services, as a cluster projects it into their pods, and the role of the workers, who
    /// have no credentials of their own.
    private static Map<String, String> identity(SessionServer s3, Path directory) throws IOException {
        s3.accept("identity-of-a-service");
        Path token = Files.writeString(directory.resolve("s3-identity"), "identity-of-a-service");
        return Map.of(
                "AWS_WEB_IDENTITY_TOKEN_FILE", token.toString(),
                "AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/finetide-service",
                "AWS_ENDPOINT_URL_STS", s3.endpoint().toString(),
                "AWS_REGION", "us-east-1",
                "FINETIDE_BLOBS_WORKER_ROLE", "arn:aws:iam::123456789012:role/finetide-worker");
    }

    /// Returns the settings by which services launch small pods into the cluster's queue, whatever runs in them.
    static Map<String, String> launching(KubernetesClient admin, Path directory) throws IOException {
        Map<String, String> settings = new HashMap<>();
        settings.put(
                "KUBECONFIG",
                LauncherAccount.kubeconfig(admin, NAMESPACE, ACCOUNT, directory.resolve("kubeconfig"))
                        .toString());
        settings.put("FINETIDE_WORKER_LAUNCHER", "kubernetes");
        // The tests count pods of runs and evaluations.
        settings.put("DATASET_REPORTS_ON_PUBLICATION", "false");
        Map<String, String> keys = Map.of(
                "NAMESPACE", NAMESPACE,
                "QUEUE", "finetide",
                "IMAGE", "finetide/gpu-worker",
                "CPU", "1",
                "MEMORY", "2Gi",
                "SHARED_MEMORY", "1Gi",
                "SCRATCH", "2Gi");
        keys.forEach((key, value) -> settings.put("FINETIDE_KUBERNETES_" + key, value));
        return settings;
    }

    /// Returns the command that the image's entry point would start; libtorch is unpacked once for all pods.
    private static List<String> worker() {
        return List.of(
                "env",
                "DJL_CACHE_DIR=" + Path.of(System.getProperty("user.home"), ".djl.ai"),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx1g",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                Finetide.HOME.resolve("gpu-worker/target/lib") + "/*:"
                        + Finetide.HOME.resolve("gpu-worker/target/classes"),
                "dev.finetide.worker.Main");
    }

    static void apply(KubernetesClient admin, Path manifests) throws IOException {
        try (InputStream yaml = Files.newInputStream(manifests)) {
            for (HasMetadata object : admin.load(yaml).items()) {
                if (object.getKind().equals("LocalQueue")) {
                    object.getMetadata().setNamespace(NAMESPACE);
                }
                admin.resource(object).create();
            }
        }
    }

    /// Closes a node to new pods, or opens it.
    void cordon(String node, boolean closed) {
        cordon(admin, node, closed);
    }

    private static void cordon(KubernetesClient admin, String node, boolean closed) {
        TestCluster.patch(admin.nodes().withName(node), "{\"spec\":{\"unschedulable\":" + closed + "}}");
    }

    /// @param policy of Kueue's ClusterQueue: `None`, `Hold`, or `HoldAndDrain`, which suspends what runs too
    void queue(String policy) {
        TestCluster.patch(
                admin.genericKubernetesResources("kueue.x-k8s.io/v1beta2", "ClusterQueue")
                        .withName("finetide"),
                "{\"spec\":{\"stopPolicy\":\"" + policy + "\"}}");
    }

    /// Changes how much of its node's memory a running pod may hold.
    void resize(Pod pod, String memory) {
        String at =
                "{\"op\":\"replace\",\"path\":\"/spec/containers/0/resources/%s/memory\",\"value\":\"" + memory + "\"}";
        admin.resource(pod)
                .subresource("resize")
                .patch(
                        PatchContext.of(PatchType.JSON),
                        "[" + at.formatted("requests") + "," + at.formatted("limits") + "]");
    }

    /// Decides how the pod of an attempt on the simulated node ends.
    void fate(String resource, int attempt, String fate) {
        Pod pod =
                await().until(() -> pod(resource, attempt), Optional::isPresent).orElseThrow();
        String annotations = "{\"sim.finetide/run-seconds\":\"0\",\"sim.finetide/fate\":\"" + fate + "\"}";
        TestCluster.patch(admin.resource(pod), "{\"metadata\":{\"annotations\":" + annotations + "}}");
    }

    /// Lets the simulated node answer or not.
    void simulatedNode(boolean up) {
        String state = up ? "up" : "down";
        TestCluster.patch(
                admin.nodes().withName(SIMULATED_NODE),
                "{\"metadata\":{\"labels\":{\"sim.finetide/kubelet\":\"" + state + "\"}}}");
    }

    void signalApiServer(String signal) throws IOException, InterruptedException {
        TestCluster.signal(cluster.program("kube-apiserver"), signal);
    }

    RunningStack stack() {
        return stack;
    }

    Finetide finetide() {
        return stack.finetide();
    }

    ProcessKubelet kubelet() {
        return kubelet;
    }

    /// Returns a client with the rights of cluster-admin.
    KubernetesClient admin() {
        return admin;
    }

    List<Job> jobs() {
        return admin.batch().v1().jobs().inNamespace(NAMESPACE).list().getItems();
    }

    List<Pod> pods() {
        return admin.pods().inNamespace(NAMESPACE).list().getItems();
    }

    /// Returns the pod of one attempt of a run or an evaluation.
    Optional<Pod> pod(String resource, int attempt) {
        return pods().stream()
                .filter(pod ->
                        resource.equals(pod.getMetadata().getAnnotations().get("finetide.dev/resource")))
                .filter(pod -> Integer.toString(attempt)
                        .equals(pod.getMetadata().getAnnotations().get("finetide.dev/attempt")))
                .findFirst();
    }

    @Override
    public void close() throws Exception {
        try {
            stack.close();
        } finally {
            kubelet.close();
            s3.close();
            admin.close();
            cluster.close();
        }
    }
}
