package dev.finetide.dataset;

import dev.finetide.embedded.FreePorts;
import dev.finetide.embedded.SharedInfrastructure;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;

/// The packaged service as a process of its own, which a test may kill.
final class ServiceProcess implements AutoCloseable {
    private final Process process;
    private final int httpPort;
    private final int port;

    private ServiceProcess(Process process, int httpPort, int port) {
        this.process = process;
        this.httpPort = httpPort;
        this.port = port;
    }

    /// @param heap largest heap, in MiB
    static ServiceProcess start(Path directory, String schema, int heap) throws IOException {
        List<Integer> ports = FreePorts.pick(2);
        SharedInfrastructure infrastructure = SharedInfrastructure.get();
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx" + heap + "m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-jar",
                        Path.of("target", "quarkus-app", "quarkus-run.jar").toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("service.log").toFile()));
        builder.environment().put("QUARKUS_HTTP_PORT", ports.get(0).toString());
        builder.environment().put("QUARKUS_GRPC_SERVER_PORT", ports.get(1).toString());
        builder.environment().put("KAFKA_BOOTSTRAP_SERVERS", infrastructure.bootstrapServers());
        builder.environment().put("QUARKUS_DATASOURCE_JDBC_URL", infrastructure.jdbcUrl(schema));
        builder.environment().put("QUARKUS_FLYWAY_SCHEMAS", schema);
        builder.environment().put("QUARKUS_FLYWAY_DEFAULT_SCHEMA", schema);
        builder.environment()
                .put("FINETIDE_BLOBS_URI", directory.resolve("blobs").toUri().toString());
        builder.environment()
                .put(
                        "FINETIDE_PARENT_PID",
                        Long.toString(ProcessHandle.current().pid()));
        ServiceProcess service = new ServiceProcess(builder.start(), ports.get(0), ports.get(1));
        service.awaitReady();
        return service;
    }

    int port() {
        return port;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    @Override
    public void close() {
        kill();
    }

    private void awaitReady() {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort + "/q/health/ready"))
                .timeout(Duration.ofSeconds(5))
                .build();
        try (HttpClient http = HttpClient.newHttpClient()) {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(90))
                    .ignoreExceptionsInstanceOf(IOException.class)
                    .until(() -> http.send(request, HttpResponse.BodyHandlers.discarding())
                                    .statusCode()
                            == 200);
        }
    }
}
