package dev.finetide.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Prometheus's own tool tests the alert rules: each fires by its fault, not before, and has an entry in the runbook.
class AlertRulesTest {
    @TempDir
    Path directory;

    @Test
    void everyAlertFiresByItsFault() throws Exception {
        Tool promtool = Tool.require("promtool");
        Monitoring.writeRules(directory.resolve("rules.yaml"));
        Path tests = Files.copy(Monitoring.FOLDER.resolve("alerts.test.yaml"), directory.resolve("alerts.test.yaml"));
        assertThat(promtool.run(directory, "check", "rules", "rules.yaml")).returns(0, Tool.Result::exitCode);
        assertThat(promtool.run(directory, "test", "rules", "alerts.test.yaml")).returns(0, Tool.Result::exitCode);
        String tested = Files.readString(tests);
        for (JsonNode alert : Monitoring.alerts()) {
            assertThat(tested)
                    .as("a test of each alert")
                    .contains("  - name: " + alert.path("alert").asText());
        }
    }

    @Test
    void everyAlertHasItsRunbookEntry() throws Exception {
        List<String> headings = Files.readAllLines(Finetide.HOME.resolve("k8s/RUNBOOK.md")).stream()
                .filter(line -> line.startsWith("## "))
                .map(line -> line.substring(3))
                .toList();
        assertThat(Monitoring.alerts())
                .extracting(alert -> alert.path("alert").asText())
                .containsExactlyElementsOf(headings);
        assertThat(Monitoring.alerts())
                .allSatisfy(
                        alert -> assertThat(alert.at("/annotations/runbook_url").asText())
                                .endsWith("k8s/RUNBOOK.md#"
                                        + alert.path("alert").asText().toLowerCase(Locale.ROOT)));
    }
}
