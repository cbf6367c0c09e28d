package dev.finetide.cli.dataset.report;

import dev.finetide.proto.dataset.v1.RowFound;
import java.util.ArrayList;
import java.util.List;

/// One part of a report for people: what is said, drawn and named.
///
/// @param facts    sentences with numbers
/// @param examples rows whose texts are shown
record ReportPart(String title, List<String> facts, List<Chart> charts, List<RowFound> examples) {
    ReportPart {
        facts = List.copyOf(facts);
        charts = List.copyOf(charts);
        examples = List.copyOf(examples);
    }

    /// Collects a part.
    static final class Builder {
        private final String title;
        private final List<String> facts = new ArrayList<>();
        private final List<Chart> charts = new ArrayList<>();
        private final List<RowFound> examples = new ArrayList<>();

        Builder(String title) {
            this.title = title;
        }

        Builder fact(String fact) {
            facts.add(fact);
            return this;
        }

        Builder fact(boolean isKnown, String fact) {
            return isKnown ? fact(fact) : this;
        }

        Builder chart(Chart chart) {
            charts.add(chart);
            return this;
        }

        Builder examples(List<RowFound> rows) {
            examples.addAll(rows);
            return this;
        }

        ReportPart build() {
            return new ReportPart(title, facts, charts, examples);
        }
    }
}
