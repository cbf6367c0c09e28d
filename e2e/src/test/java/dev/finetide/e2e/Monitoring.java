package dev.finetide.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Reads the alert rules and dashboards of `k8s/components/monitoring`.
final class Monitoring {
    static final Path FOLDER = Finetide.HOME.resolve("k8s/components/monitoring");
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final ObjectMapper JSON = new ObjectMapper();

    private Monitoring() {}

    /// A query of a dashboard.
    record Query(String dashboard, String panel, String expression) {}

    /// Writes the alert rules in the form that Prometheus reads; the repository has the form that its operator reads.
    static void writeRules(Path file) throws IOException {
        YAML.writeValue(file.toFile(), rules());
    }

    /// Writes the alert rules with seconds for minutes and hours: an alert waits 1 s, "too old" is 3 s, "lately" is 5
    /// s.
    static void writeHurriedRules(Path file) throws IOException {
        JsonNode rules = rules();
        rules.path("groups")
                .forEach(group -> group.path("rules").forEach(rule -> {
                    String expression = rule.path("expr")
                            .asText()
                            .strip()
                            .replaceAll("(_age_seconds\\)) > [0-9* ]+", "$1 > 3 ")
                            .replace("[15m]", "[5s]");
                    ((ObjectNode) rule).put("expr", expression);
                    if (rule.has("for")) {
                        ((ObjectNode) rule).put("for", "1s");
                    }
                }));
        YAML.writeValue(file.toFile(), rules);
    }

    static List<JsonNode> alerts() throws IOException {
        List<JsonNode> alerts = new ArrayList<>();
        for (JsonNode group : rules().path("groups")) {
            group.path("rules").forEach(rule -> {
                if (rule.has("alert")) {
                    alerts.add(rule);
                }
            });
        }
        return alerts;
    }

    private static JsonNode rules() throws IOException {
        return YAML.readTree(FOLDER.resolve("alerts.yaml").toFile()).path("spec");
    }

    static List<Query> queries() throws IOException {
        List<Query> queries = new ArrayList<>();
        for (Path file : dashboards()) {
            JsonNode dashboard = JSON.readTree(file.toFile());
            for (JsonNode panel : dashboard.path("panels")) {
                panel.path("targets")
                        .forEach(target -> queries.add(new Query(
                                dashboard.path("title").asText(),
                                panel.path("title").asText(),
                                target.path("expr").asText())));
            }
        }
        return queries;
    }

    static List<Path> dashboards() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER.resolve("dashboards"))) {
            return files.sorted().toList();
        }
    }
}
