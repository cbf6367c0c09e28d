package dev.finetide.suitability.sample;

import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.sft.text.PromptCompletionRow;
import dev.finetide.sft.text.TextRow;
import dev.finetide.suitability.FoundRows;
import dev.finetide.suitability.ReportRow;
import dev.finetide.suitability.RowScan;
import dev.finetide.suitability.Section;
import dev.finetide.suitability.linear.TextTerms;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Rows in memory, and what sections find in them.
public final class PlantedRows implements RowScan {
    private final Map<String, List<ReportRow>> rows = new LinkedHashMap<>();
    public final List<RowFound> found = new ArrayList<>();

    /// Adds a row to the train split.
    public PlantedRows add(String question, String answer) {
        return add("train", new PromptCompletionRow(question, answer));
    }

    public PlantedRows add(String split, TextRow row) {
        List<ReportRow> of = rows.computeIfAbsent(split, _ -> new ArrayList<>());
        String id = HexFormat.of().toHexDigits(TextTerms.hash(row.toString()));
        of.add(new ReportRow(split, of.size() + 1L, id, row, Collections.unmodifiableSortedMap(new TreeMap<>())));
        return this;
    }

    /// Measures a section, and returns a report with it.
    public SuitabilityReport.Builder measure(Section... sections) throws IOException {
        SuitabilityReport.Builder report = SuitabilityReport.newBuilder();
        FoundRows findings = found::add;
        for (Section section : sections) {
            section.measure(this, findings, report);
            report.addDone(section.kind());
        }
        return report;
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
