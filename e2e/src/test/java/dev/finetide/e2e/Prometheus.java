package dev.finetide.e2e;

import static dev.finetide.kit.embedded.Patience.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// A real Prometheus that scrapes a running stack every second, on loopback, with the alert rules loaded.
final class Prometheus implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process process;
    private final URI address;

    private Prometheus(Process process, URI address) {
        this.process = process;
        this.address = address;
    }

    /// @param directory may hold a `rules.yaml`; else the alert rules are written there
    /// @param targets host:port of each replica's HTTP, by the service's name
    static Prometheus start(Tool program, Path directory, Map<String, List<String>> targets) throws IOException {
        StringBuilder config = new StringBuilder(
                "global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [rules.yaml]\nscrape_configs:\n");
        targets.forEach((name, replicas) ->
                config.append("  - {job_name: %s, metrics_path: /q/metrics, static_configs: [{targets: [%s]}]}%n"
                        .formatted(
                                name, replicas.stream().map("'%s'"::formatted).collect(Collectors.joining(", ")))));
        Files.writeString(directory.resolve("prometheus.yml"), config);
        Path rules = directory.resolve("rules.yaml");
        if (!Files.exists(rules)) {
            Monitoring.writeRules(rules);
        }
        int port = Server.freePort();
        Process process = new ProcessBuilder(
                        program.program().toString(),
                        "--config.file=" + directory.resolve("prometheus.yml"),
                        "--storage.tsdb.path=" + directory.resolve("tsdb"),
                        "--web.listen-address=127.0.0.1:" + port)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("prometheus.log").toFile())
                .start();
        Prometheus prometheus = new Prometheus(process, URI.create("http://127.0.0.1:" + port));
        await().ignoreExceptions().until(() -> prometheus.query("vector(1)").size() == 1);
        return prometheus;
    }

    /// Returns the series that the expression has now.
    JsonNode query(String expression) {
        return get("/api/v1/query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8))
                .at("/data/result");
    }

    boolean isFiring(String alert) {
        return alert(alert).path("state").asText().equals("firing");
    }

    /// Returns an alert's rule: `state` is `firing`, `pending` or `inactive`, `health` is that of its evaluation.
    JsonNode alert(String name) {
        for (JsonNode group : get("/api/v1/rules?type=alert").at("/data/groups")) {
            for (JsonNode rule : group.path("rules")) {
                if (rule.path("name").asText().equals(name)) {
                    return rule;
                }
            }
        }
        throw new AssertionError("no alert " + name);
    }

    private JsonNode get(String path) {
        try (InputStream answer = address.resolve(path).toURL().openStream()) {
            return JSON.readTree(answer);
        } catch (IOException e) {
            throw new UncheckedIOException(path, e);
        }
    }

    @Override
    public void close() throws InterruptedException {
        Server.end(process);
    }
}
