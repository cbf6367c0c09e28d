package dev.finetide.kubernetes;

import static dev.finetide.kit.embedded.Patience.await;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A real control plane on loopback with simulated nodes, from `../shared/cluster`. Tests are skipped if its programs
/// were not built.
public final class TestCluster implements AutoCloseable {
    private static final Duration START = Duration.ofMinutes(3);
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

    /// Tells whether the cluster's programs are built; if not, prints the reason in one line.
    public static boolean isBuilt() {
        boolean built = Files.isExecutable(SCRIPTS.resolve("up")) && Files.exists(PROGRAMS.resolve("kueue.yaml"));
        if (!built) {
            System.out.println("skipped: no test cluster, ../shared/cluster/build makes its programs");
        }
        return built;
    }

    /// Returns the cluster that all tests of a JVM share. Pods run until a test ends them.
    public static synchronized TestCluster shared() throws IOException {
        if (shared == null) {
            shared = start("--fate", "run");
            Runtime.getRuntime().addShutdownHook(new Thread(shared::close));
        }
        return shared;
    }

    /// Starts a separate cluster, which ends with this JVM at the latest.
    ///
    /// @param options options of `../shared/cluster/up`
    public static TestCluster start(String... options) throws IOException {
        Path directory = Files.createTempDirectory("finetide-cluster-");
        List<String> command =
                new ArrayList<>(List.of(SCRIPTS.resolve("up").toAbsolutePath().toString(), directory.toString()));
        command.addAll(List.of(options));
        command.addAll(List.of("--parent", Long.toString(ProcessHandle.current().pid())));
        Path log = Path.of(directory + ".log");
        Process up = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        await().atMost(START).until(() -> {
            if (!up.isAlive()) {
                throw new AssertionError("the cluster did not start: " + Files.readString(log));
            }
            return Files.exists(directory.resolve("ready"));
        });
        return new TestCluster(directory, up);
    }

    public Path kubeconfig() {
        return directory.resolve("kubeconfig");
    }

    /// Returns the path of the `kubectl` that was built with the cluster.
    public static Path kubectl() {
        return PROGRAMS.resolve("kubectl");
    }

    /// Returns a client with the rights of cluster-admin.
    public KubernetesClient client() {
        return new KubernetesClientBuilder()
                .withConfig(Config.fromKubeconfig(kubeconfig().toFile()))
                .build();
    }

    /// Returns the process of one of the cluster's programs.
    public ProcessHandle program(String name) throws IOException {
        Map<String, Long> pids = new HashMap<>();
        Files.readAllLines(directory.resolve("pids")).forEach(line -> {
            String[] parts = line.split(" ");
            pids.put(parts[0], Long.parseLong(parts[1]));
        });
        return ProcessHandle.of(pids.get(name)).orElseThrow();
    }

    /// Changes only these fields, whatever the object's version is, because controllers write to the same objects.
    public static void patch(Resource<?> resource, String merge) {
        resource.patch(PatchContext.of(PatchType.JSON_MERGE), merge);
    }

    public static void signal(ProcessHandle process, String signal) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                .start()
                .waitFor(5, TimeUnit.SECONDS);
    }

    /// Ends every program of the cluster.
    @Override
    public void close() {
        up.destroy();
        try {
            if (!up.waitFor(20, TimeUnit.SECONDS)) {
                up.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
