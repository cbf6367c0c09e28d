package dev.finetide.dataset.tokens;

import dev.finetide.proto.dataset.v1.Row;
import dev.finetide.proto.dataset.v1.RowPlace;
import dev.finetide.proto.dataset.v1.SupervisionReport;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.RowSource;
import dev.finetide.sft.text.SeenRow;
import dev.finetide.sft.text.Supervision;
import dev.finetide.suitability.SupervisionReports;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// Counts what is learnt from the rows of a split, as a worker does before it trains.
final class SplitSupervision {
    /// Number of rows that are examined together: few, because a row may have 8 MiB.
    private static final int GROUP = 16;

    private final RowEncoder encoder;
    private final BooleanSupplier over;
    private final Supervision counts = new Supervision();
    private final List<Row> waiting = new ArrayList<>(GROUP);

    /// @param over whether nobody waits for the counts any more
    SplitSupervision(RowEncoder encoder, BooleanSupplier over) {
        this.encoder = encoder;
        this.over = over;
    }

    /// Counts a row. Rows are examined in groups, by several threads.
    void add(Row row) {
        waiting.add(row);
        if (waiting.size() == GROUP) {
            countWaiting();
        }
    }

    private void countWaiting() {
        List<SeenRow> seen = waiting.parallelStream()
                .takeWhile(_ -> !over.getAsBoolean())
                .map(row -> RowParsing.see(encoder, row.getJson()))
                .toList();
        for (int i = 0; i < seen.size(); i++) {
            counts.add(seen.get(i), source(waiting.get(i).getPlace()));
        }
        waiting.clear();
    }

    private static Optional<RowSource> source(RowPlace place) {
        return place.getFile().isEmpty() || place.getLine() == 0 && place.getRecord() == 0
                ? Optional.empty()
                : Optional.of(new RowSource(place.getFile(), place.getLine(), place.getRecord()));
    }

    SupervisionReport.Builder report() {
        countWaiting();
        return SupervisionReports.of(counts);
    }
}
