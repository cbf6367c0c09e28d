package dev.finetide.suitability.contents;

import dev.finetide.proto.dataset.v1.ContentsSection;
import dev.finetide.proto.dataset.v1.ReportSection;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.suitability.FoundRows;
import dev.finetide.suitability.NotMeasured;
import dev.finetide.suitability.RowBatches;
import dev.finetide.suitability.RowScan;
import dev.finetide.suitability.Section;
import java.io.IOException;
import java.nio.file.Path;

/// Measures what is in the rows, in one scan.
public final class Contents implements Section {
    private final Path scratch;

    /// @param scratch directory of temporary files
    public Contents(Path scratch) {
        this.scratch = scratch;
    }

    @Override
    public ReportSection kind() {
        return ReportSection.CONTENTS;
    }

    @Override
    public void measure(RowScan rows, FoundRows found, SuitabilityReport.Builder report) throws IOException {
        NotMeasured notes = new NotMeasured(kind(), report);
        long total = rows.splits().stream().mapToLong(rows::rows).sum();
        ContentsSection.Builder section = ContentsSection.newBuilder();
        LanguageShares languages = new LanguageShares(total);
        try (RowBatches batches = new RowBatches();
                CountedRows counted = new CountedRows(scratch)) {
            for (String split : rows.splits()) {
                PartSizes sizes = new PartSizes(PartSizes.OF_SPLIT);
                TaskOfAnswers task = new TaskOfAnswers(rows.rows(split));
                boolean first = split.equals(rows.splits().getFirst());
                batches.read(rows, split, row -> RowFacts.of(row.row()), (row, facts) -> {
                    sizes.add(facts.sizes());
                    counted.add(row, facts);
                    languages.add(facts);
                    if (first) {
                        task.add(facts);
                    }
                });
                if (!sizes.isEmpty()) {
                    section.addParts(sizes.part("split", split));
                }
                if (first) {
                    task.measure(split, section, notes);
                }
            }
            if (section.getPartsCount() == 0) {
                notes.add("contents", "the version has no rows to learn from");
                return;
            }
            languages.measure(section, notes);
            counted.measure(section, found, notes);
            report.setContents(section);
        }
    }
}
