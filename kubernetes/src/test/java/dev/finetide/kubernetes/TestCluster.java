package dev.finetide.kubernetes;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A real control plane on loopback with simulated nodes, from `../shared/cluster`; one for all tests of a JVM.
/// Where its programs were not built, tests are skipped.
public final class TestCluster {
    private static final Path SCRIPTS = Path.of("../../shared/cluster");
    private static final Path PROGRAMS = Path.of(
            Optional.ofNullable(System.getenv("XDG_CACHE_HOME")).orElse(System.getenv("HOME") + "/.cache"),
            "finetide-cluster");

    private static TestCluster shared;

    private final Path directory;
    private final Process up;

    private TestCluster(Path directory, Process up) {
        this.directory = directory;
        this.up = up;
    }

    /// Whether there is a cluster to be had; says why not, in one line.
    public static boolean isBuilt() {
        boolean built = Files.isExecutable(SCRIPTS.resolve("up")) && Files.exists(PROGRAMS.resolve("kueue.yaml"));
        if (!built) {
            System.out.println("skipped: no test cluster, ../shared/cluster/build makes its programs");
        }
        return built;
    }

    public static synchronized TestCluster shared() throws IOException {
        if (shared == null) {
            shared = start();
            Runtime.getRuntime().addShutdownHook(new Thread(shared.up::destroy));
        }
        return shared;
    }

    private static TestCluster start() throws IOException {
        Path directory = Files.createTempDirectory("finetide-cluster-");
        List<String> command = new ArrayList<>(
                List.of(SCRIPTS.resolve("up").toAbsolutePath().toString(), directory.toString(), "--fate", "run"));
        command.addAll(List.of("--parent", Long.toString(ProcessHandle.current().pid())));
        Process up = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(new File(directory + ".log"))
                .start();
        await().atMost(Duration.ofMinutes(3)).until(() -> {
            if (!up.isAlive()) {
                throw new AssertionError("the cluster did not start: " + Files.readString(Path.of(directory + ".log")));
            }
            return Files.exists(directory.resolve("ready"));
        });
        return new TestCluster(directory, up);
    }

    public Path kubeconfig() {
        return directory.resolve("kubeconfig");
    }

    /// As cluster-admin.
    public KubernetesClient client() {
        return new KubernetesClientBuilder()
                .withConfig(Config.fromKubeconfig(kubeconfig().toFile()))
                .build();
    }

    /// A namespace of its own, with Kueue's LocalQueue `training` on the 8 simulated GPUs.
    public String namespace(String name) {
        try (KubernetesClient client = client()) {
            client.resource(new NamespaceBuilder()
                            .withNewMetadata()
                            .withName(name)
                            .endMetadata()
                            .build())
                    .create();
        }
        return name;
    }

    /// One of the cluster's programs.
    public ProcessHandle program(String name) throws IOException {
        Map<String, Long> pids = new java.util.HashMap<>();
        Files.readAllLines(directory.resolve("pids")).forEach(line -> {
            String[] parts = line.split(" ");
            pids.put(parts[0], Long.parseLong(parts[1]));
        });
        return ProcessHandle.of(pids.get(name)).orElseThrow();
    }

    public static void signal(ProcessHandle process, String signal) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                .start()
                .waitFor(5, TimeUnit.SECONDS);
    }
}
