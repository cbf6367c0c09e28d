package dev.finetide.kit.embedded;

import dev.finetide.embedded.FreePorts;
import dev.finetide.kit.metric.MetricsProbe;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Runs a service as the process that it is in production, for tests that kill it. After another start it has the same
/// ports, schema and directories.
public final class ServiceProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final Path jar = Path.of("target", "quarkus-app", "quarkus-run.jar");
    private final Path directory;
    private final int httpPort;
    private final int grpcPort;
    private final Map<String, String> environment = new LinkedHashMap<>();
    private Process process;

    /// @param schema    the service's schema
    /// @param directory directory for blobs, workers and the log
    /// @param settings  environment in addition to ports, broker, database, blobs and workers
    public ServiceProcess(String schema, Path directory, Map<String, String> settings) throws IOException {
        this.directory = directory;
        List<Integer> ports = FreePorts.pick(2);
        this.httpPort = ports.get(0);
        this.grpcPort = ports.get(1);
        Infrastructure parts = Infrastructure.get();
        environment.put("QUARKUS_HTTP_PORT", ports.get(0).toString());
        environment.put("QUARKUS_GRPC_SERVER_PORT", ports.get(1).toString());
        environment.put("KAFKA_BOOTSTRAP_SERVERS", parts.bootstrapServers());
        environment.put("QUARKUS_DATASOURCE_JDBC_URL", parts.jdbcUrl(schema));
        environment.put("QUARKUS_FLYWAY_SCHEMAS", schema);
        environment.put("QUARKUS_FLYWAY_DEFAULT_SCHEMA", schema);
        environment.put("FINETIDE_BLOBS_URI", directory.resolve("blobs").toUri().toString());
        environment.put(
                "FINETIDE_WORKER_DIRECTORY", directory.resolve("workers").toString());
        // A drill that has no program of its own for workers starts none.
        environment.put("FINETIDE_WORKER_COMMAND", "/bin/false");
        environment.put("DATASET_REPORTS_ON_PUBLICATION", "false");
        environment.putAll(TestCallers.environment());
        environment.putAll(settings);
    }

    /// Starts the process, and returns when the service answers.
    public void start() throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-XX:TieredStopAtLevel=1",
                        "-jar",
                        jar.toAbsolutePath().toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
        builder.environment().putAll(environment);
        process = builder.start();
        Instant end = Instant.now().plus(PATIENCE);
        try (HttpClient client = HttpClient.newHttpClient()) {
            while (!isReady(client)) {
                if (!process.isAlive() || Instant.now().isAfter(end)) {
                    throw new AssertionError("the service does not start:\n" + Files.readString(log()));
                }
                TimeUnit.MILLISECONDS.sleep(100);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /// Returns the status with which readiness answers now.
    public int readiness() throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return readiness(client);
        }
    }

    private boolean isReady(HttpClient client) throws InterruptedException {
        try {
            return readiness(client) == 200;
        } catch (IOException notYet) {
            return false;
        }
    }

    private int readiness(HttpClient client) throws IOException, InterruptedException {
        HttpRequest ready = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort + "/q/health/ready"))
                .build();
        return client.send(ready, BodyHandlers.discarding()).statusCode();
    }

    /// Stops the process by SIGTERM, as an operator does, and returns when it is gone.
    public void stop() {
        process.toHandle().destroy();
        process.onExit().join();
    }

    /// Kills the process by SIGKILL, and returns when it is gone.
    public void kill() {
        process.destroyForcibly().onExit().join();
    }

    /// Sends the process a signal by its name, such as `STOP`.
    public void signal(String name) throws IOException, InterruptedException {
        int status = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
        if (status != 0) {
            throw new AssertionError("kill -" + name + " ended with " + status);
        }
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /// Returns what the service shows to Prometheus.
    public MetricsProbe metrics() throws IOException {
        return new MetricsProbe(
                URI.create("http://127.0.0.1:" + httpPort + "/q/metrics").toURL());
    }

    /// Opens a channel to the service's gRPC for a caller who may do everything; who opens it closes it.
    public ManagedChannel channel() {
        return TestCallers.channel(grpcPort);
    }

    /// Returns the log of the service, which includes its earlier lives.
    public Path log() {
        return directory.resolve("service.log");
    }

    @Override
    public void close() {
        if (process != null) {
            kill();
        }
    }
}
