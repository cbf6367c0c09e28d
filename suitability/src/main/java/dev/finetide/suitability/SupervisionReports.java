package dev.finetide.suitability;

import dev.finetide.proto.dataset.v1.FoundRow;
import dev.finetide.proto.dataset.v1.RowFinding;
import dev.finetide.proto.dataset.v1.RowFindingCount;
import dev.finetide.proto.dataset.v1.RowPlace;
import dev.finetide.proto.dataset.v1.SupervisionReport;
import dev.finetide.sft.text.Supervision;

/// Writes what is learnt from rows, and what was found in them, as the proof of supervision.
public final class SupervisionReports {
    private SupervisionReports() {}

    /// Returns the counts, without the names of version, base and split.
    public static SupervisionReport.Builder of(Supervision counts) {
        SupervisionReport.Builder report = SupervisionReport.newBuilder()
                .setRows(counts.rows())
                .setTokens(counts.tokens())
                .setLearntTokens(counts.learntTokens())
                .setLongestRow(counts.longestRow());
        for (Supervision.Count count : counts.counts()) {
            RowFindingCount.Builder found = report.addFindingsBuilder()
                    .setFinding(RowFinding.valueOf(count.finding().name()))
                    .setRows(count.rows());
            count.first().forEach(place -> found.addFirst(foundRow(place)));
        }
        return report;
    }

    private static FoundRow foundRow(Supervision.Place place) {
        FoundRow.Builder row = FoundRow.newBuilder().setField(place.field());
        place.source()
                .ifPresent(source -> row.setPlace(RowPlace.newBuilder()
                        .setFile(source.file())
                        .setLine(source.line())
                        .setRecord(source.record())));
        return row.build();
    }
}
