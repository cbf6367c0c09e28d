package dev.finetide.e2e;

import static dev.finetide.kit.embedded.Patience.await;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// A second process of a service, on ports of its own, with the command line and environment of the first, which Linux
/// knows.
final class Replica implements AutoCloseable {
    private final Process process;
    private final int http;
    private final int grpc;

    private Replica(Process process, int http, int grpc) {
        this.process = process;
        this.http = http;
        this.grpc = grpc;
    }

    /// Starts the process and returns when it is ready.
    static Replica of(long pid, Path log) throws IOException {
        int http = Server.freePort();
        int grpc = Server.freePort();
        ProcessBuilder builder = new ProcessBuilder(read(pid, "cmdline"))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().clear();
        for (String variable : read(pid, "environ")) {
            int equals = variable.indexOf('=');
            builder.environment().put(variable.substring(0, equals), variable.substring(equals + 1));
        }
        builder.environment().put("QUARKUS_HTTP_PORT", Integer.toString(http));
        builder.environment().put("QUARKUS_GRPC_SERVER_PORT", Integer.toString(grpc));
        Replica replica = new Replica(builder.start(), http, grpc);
        await("second replica, see " + log)
                .atMost(Duration.ofMinutes(10))
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> isReady(replica.http()));
        return replica;
    }

    private static List<String> read(long pid, String file) throws IOException {
        String entries = Files.readString(Path.of("/proc", Long.toString(pid), file), StandardCharsets.UTF_8);
        return List.of(entries.split("\0"));
    }

    /// @param http host:port of a service's health
    static boolean isReady(String http) throws IOException {
        HttpURLConnection health = (HttpURLConnection)
                URI.create("http://" + http + "/q/health/ready").toURL().openConnection();
        try {
            return health.getResponseCode() == 200;
        } finally {
            health.disconnect();
        }
    }

    String endpoint() {
        return "127.0.0.1:" + grpc;
    }

    /// Returns host:port of the replica's health and metrics.
    String http() {
        return "127.0.0.1:" + http;
    }

    @Override
    public void close() throws InterruptedException {
        Server.end(process);
    }
}
