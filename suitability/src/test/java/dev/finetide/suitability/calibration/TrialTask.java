package dev.finetide.suitability.calibration;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.proto.dataset.v1.SuitabilityVerdict;
import dev.finetide.suitability.PlantedRows;
import dev.finetide.suitability.Section;
import dev.finetide.suitability.Sections;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A small task on which the report's verdict is held against a bake-off.
///
/// @param train rows as JSON
/// @param test rows as JSON, on which arms are compared
/// @param documents texts that arms may look up, by file name; empty where train rows are looked up
/// @param mended name of the same task with mended train rows; empty where nothing is to be mended
record TrialTask(String name, List<String> train, List<String> test, Map<String, String> documents, String mended) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Clock TODAY = Clock.fixed(Instant.parse("2026-11-30T00:00:00Z"), ZoneOffset.UTC);

    TrialTask(String name, List<String> train, List<String> test) {
        this(name, train, test, Map.of(), "");
    }

    /// Returns a row of one question and its answer.
    static String row(String question, String answer) {
        ObjectNode row = JSON.createObjectNode();
        row.putArray("messages")
                .add(JSON.createObjectNode().put("role", "user").put("content", question))
                .add(JSON.createObjectNode().put("role", "assistant").put("content", answer));
        return row.toString();
    }

    /// Returns the verdict that the report on the rows gives.
    SuitabilityVerdict forecast(Path scratch) throws IOException {
        PlantedRows rows = new PlantedRows();
        train.forEach(row -> rows.row("train", row));
        test.forEach(row -> rows.row("test", row));
        SuitabilityReport.Builder report = SuitabilityReport.newBuilder();
        for (Section section : Sections.all(scratch, TODAY, "projects/default/datasets/task/versions/1")) {
            rows.measure(section, report);
        }
        return report.getVerdict();
    }

    /// Returns the part of the test rows that have the test rows' most frequent answer.
    double constantShare() throws IOException {
        Map<String, Integer> counts = new TreeMap<>();
        for (String row : test) {
            counts.merge(JSON.readTree(row).at("/messages/1/content").asText(), 1, Integer::sum);
        }
        return counts.values().stream().mapToInt(Integer::intValue).max().orElse(0) / (double) test.size();
    }

    @Override
    public String toString() {
        return name;
    }
}
