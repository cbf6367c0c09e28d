package dev.finetide.suitability;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.blobs.Sha256;
import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.sft.text.TextRow;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Rows in memory that a test plants, and what a section found in them.
public final class PlantedRows implements RowScan {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<String, List<ReportRow>> rows = new LinkedHashMap<>();
    private final List<RowFound> found = new ArrayList<>();

    /// Adds a row; splits come in the order of their first rows.
    ///
    /// @param tags names and values, one after the other
    public PlantedRows row(String split, String json, String... tags) {
        TreeMap<String, String> map = new TreeMap<>();
        for (int i = 0; i < tags.length; i += 2) {
            map.put(tags[i], tags[i + 1]);
        }
        List<ReportRow> list = rows.computeIfAbsent(split, name -> new ArrayList<>());
        String id = Sha256.hex(json.getBytes(StandardCharsets.UTF_8)).substring(0, 16);
        list.add(new ReportRow(split, list.size() + 1, id, TextRow.parse(json), map));
        return this;
    }

    public PlantedRows prompt(String split, String prompt, String completion, String... tags) {
        return row(split, json(Map.of("prompt", prompt, "completion", completion)), tags);
    }

    public PlantedRows text(String split, String text) {
        return row(split, json(Map.of("text", text)));
    }

    /// Adds a conversation.
    ///
    /// @param turns roles and contents, one after the other
    public PlantedRows chat(String split, String... turns) {
        List<Map<String, String>> messages = new ArrayList<>();
        for (int i = 0; i < turns.length; i += 2) {
            Map<String, String> message = new LinkedHashMap<>();
            message.put("role", turns[i]);
            message.put("content", turns[i + 1]);
            messages.add(message);
        }
        return row(split, json(Map.of("messages", messages)));
    }

    private static String json(Map<String, ?> row) {
        try {
            return JSON.writeValueAsString(new TreeMap<>(row).descendingMap());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a map of texts is JSON", e);
        }
    }

    /// Returns the report with one section.
    public SuitabilityReport measure(Section section) throws IOException {
        return measure(section, SuitabilityReport.newBuilder());
    }

    public SuitabilityReport measure(Section section, SuitabilityReport.Builder before) throws IOException {
        found.clear();
        section.measure(this, found::add, before);
        return before.build();
    }

    /// Returns what the last measured section found, as "train 2".
    public List<String> found(FoundKind kind) {
        return foundRows(kind).stream()
                .map(row -> row.getSplit() + " " + row.getNumber())
                .toList();
    }

    public List<RowFound> foundRows(FoundKind kind) {
        return found.stream().filter(row -> row.getKind() == kind).toList();
    }

    @Override
    public List<String> splits() {
        return List.copyOf(rows.keySet());
    }

    @Override
    public long rows(String split) {
        return rows.getOrDefault(split, List.of()).size();
    }

    @Override
    public void read(String split, Use use) throws IOException {
        for (ReportRow row : rows.getOrDefault(split, List.of())) {
            use.take(row);
        }
    }
}
