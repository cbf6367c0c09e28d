package dev.finetide.e2e;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// After one run every query of every dashboard returns data from a real Prometheus that scrapes the stack.
@ExtendWith(SharedStack.Provider.class)
class DashboardsIT {
    private static final Path DEMO = Finetide.HOME.resolve("demo");
    private static final List<String> SERVICES =
            List.of("dataset-service", "training-service", "eval-service", "registry-service");

    @TempDir
    Path directory;

    @Test
    void everyDashboardQueryReturnsData(SharedStack shared) throws Exception {
        Tool program = Tool.require("prometheus");
        RunningStack stack = shared.stack();
        try (Prometheus prometheus = Prometheus.start(
                program,
                Files.createDirectories(directory.resolve("prometheus")),
                SERVICES.stream().collect(Collectors.toMap(name -> name, name -> List.of(stack.http(name)))))) {
            // Given one run, evaluated and pulled
            oneRun(stack.finetide());

            // Then every query answers, except those of parts that are not here
            List<Monitoring.Query> silent = new ArrayList<>(Monitoring.queries());
            await().atMost(Duration.ofMinutes(10)).untilAsserted(() -> {
                silent.removeIf(query -> hasData(prometheus.query(query.expression())));
                assertThat(silent).allMatch(DashboardsIT::needsAnotherPart);
            });
            silent.forEach(query -> System.out.println(
                    "no data without a GPU or Kubernetes: " + query.dashboard() + " / " + query.panel()));
            for (JsonNode alert : Monitoring.alerts()) {
                assertThat(prometheus
                                .alert(alert.path("alert").asText())
                                .path("health")
                                .asText())
                        .isEqualTo("ok");
            }
        }
    }

    private void oneRun(Finetide finetide) throws Exception {
        finetide.ok(
                "dataset",
                "push",
                "dashboards",
                head("train.jsonl", 60).toString(),
                "--test",
                head("test.jsonl", 4).toString());
        finetide.train("--base small --dataset dashboards --method lora --max-steps 8 --checkpoint-every 4"
                + " --batch-size 4 --eval-max-new-tokens 8");
        finetide.ok("model", "approve", "dashboards@1", "--reason", "test");
        finetide.ok("model", "pull", "dashboards@1", directory.resolve("pulled").toString());
    }

    private static boolean hasData(JsonNode series) {
        for (JsonNode one : series) {
            if (!one.at("/value/1").asText().equals("NaN")) {
                return true;
            }
        }
        return false;
    }

    private static boolean needsAnotherPart(Monitoring.Query query) {
        return query.expression().contains("DCGM_FI_") || query.expression().contains("kube_pod_");
    }

    private Path head(String file, int lines) throws Exception {
        Path head = directory.resolve(file);
        try (Stream<String> all = Files.lines(DEMO.resolve("support-desk").resolve(file))) {
            Files.write(head, all.limit(lines).toList());
        }
        return head;
    }
}
