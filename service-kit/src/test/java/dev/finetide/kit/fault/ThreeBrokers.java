package dev.finetide.kit.fault;

import dev.finetide.embedded.FreePorts;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;

/// Runs real Kafka of three nodes, each in a child JVM of 160 MiB heap, for tests that kill one of them.
public final class ThreeBrokers implements AutoCloseable {
    private final List<Process> nodes = new ArrayList<>();
    private final String bootstrapServers;

    /// Starts all nodes and returns when each serves.
    ///
    /// @param directory directory for data and logs
    public ThreeBrokers(Path directory) throws IOException {
        List<Integer> ports = FreePorts.pick(6);
        String controllers = IntStream.rangeClosed(1, 3)
                .mapToObj(node -> node + "@127.0.0.1:" + ports.get(node + 2))
                .collect(Collectors.joining(","));
        bootstrapServers =
                ports.subList(0, 3).stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
        String cluster = Uuid.randomUuid().toString();
        try {
            for (int node = 1; node <= 3; node++) {
                Path own = Files.createDirectories(directory.resolve("node-" + node));
                nodes.add(new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-Xmx160m",
                                "-cp",
                                System.getProperty("java.class.path"),
                                BrokerNode.class.getName(),
                                own.toString(),
                                Integer.toString(node),
                                cluster,
                                controllers,
                                Integer.toString(ports.get(node - 1)),
                                Integer.toString(ports.get(node + 2)))
                        .redirectError(own.resolve("err.log").toFile())
                        .start());
            }
            for (Process node : nodes) {
                awaitReady(node);
            }
        } catch (IOException | RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private static void awaitReady(Process node) throws IOException {
        BufferedReader output = node.inputReader();
        String line = output.readLine();
        while (line != null && !line.equals(BrokerNode.READY)) {
            line = output.readLine();
        }
        if (line == null) {
            throw new AssertionError("a broker does not start");
        }
        Thread.ofVirtual().start(() -> output.lines().forEach(_ -> {})); // a full pipe would stop the broker
    }

    public String bootstrapServers() {
        return bootstrapServers;
    }

    /// Ends a node by SIGKILL.
    ///
    /// @param node 1 to 3, its id in the cluster
    public void kill(int node) {
        nodes.get(node - 1).destroyForcibly().onExit().join();
    }

    @Override
    public void close() {
        nodes.forEach(Process::destroyForcibly);
    }
}
