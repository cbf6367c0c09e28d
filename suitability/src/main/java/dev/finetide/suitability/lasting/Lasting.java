package dev.finetide.suitability.lasting;

import dev.finetide.metrics.Task;
import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.ReportSection;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.suitability.Examples;
import dev.finetide.suitability.FoundRows;
import dev.finetide.suitability.KnownLanguages;
import dev.finetide.suitability.NotMeasured;
import dev.finetide.suitability.ReportRow;
import dev.finetide.suitability.RowBatches;
import dev.finetide.suitability.RowScan;
import dev.finetide.suitability.Section;
import dev.finetide.suitability.Shares;
import java.io.IOException;
import java.time.Clock;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Counts the answers that look perishable, in one scan, by the lists of words of [KnownLanguages].
public final class Lasting implements Section {
    private static final int EXAMPLES = 20;
    private static final int EXAMPLES_OF_ONE = 5;

    private final Clock clock;

    /// @param clock tells the year, by which a date is recent
    public Lasting(Clock clock) {
        this.clock = clock;
    }

    @Override
    public ReportSection kind() {
        return ReportSection.LASTING;
    }

    @Override
    public void measure(RowScan rows, FoundRows found, SuitabilityReport.Builder report) throws IOException {
        NotMeasured notes = new NotMeasured(kind(), report);
        boolean numbers =
                report.getContents().getTask().equals(Task.NUMBER.name().toLowerCase(Locale.ROOT));
        PerishableAnswers perishable =
                new PerishableAnswers(LocalDate.now(clock).getYear(), numbers);
        Counts counts = new Counts(found);
        try (RowBatches batches = new RowBatches()) {
            for (String split : rows.splits()) {
                batches.read(rows, split, row -> Signs.of(row, perishable), counts::add);
            }
        }
        KnownLanguages languages = KnownLanguages.of(report);
        counts.write(report, languages, notes);
        languages.note("words of time and offices", notes);
    }

    private record Signs(boolean answers, List<String> signs) {
        static Signs of(ReportRow row, PerishableAnswers perishable) {
            AskedAnswer answer = AskedAnswer.of(row.row());
            return new Signs(!answer.isEmpty(), perishable.signs(answer));
        }
    }

    private static final class Counts {
        private final FoundRows found;
        private final Map<String, Long> kinds = new HashMap<>();
        private final Examples examples = new Examples(EXAMPLES, EXAMPLES_OF_ONE);
        private long answers;
        private long perishable;

        Counts(FoundRows found) {
            this.found = found;
        }

        void add(ReportRow row, Signs signs) throws IOException {
            answers += signs.answers() ? 1 : 0;
            perishable += signs.signs().isEmpty() ? 0 : 1;
            for (String sign : signs.signs()) {
                kinds.merge(sign, 1L, Long::sum);
                RowFound finding = row.found(FoundKind.PERISHABLE, sign);
                found.add(finding);
                examples.add(sign, finding);
            }
        }

        void write(SuitabilityReport.Builder report, KnownLanguages languages, NotMeasured notes) {
            if (answers == 0) {
                notes.add("perishable answers", "no row has an answer in words");
                return;
            }
            if (!languages.tell(perishable)) {
                return;
            }
            report.getLastingBuilder()
                    .setPerishable(Shares.of(perishable, answers))
                    .addAllKinds(Shares.largest(kinds, kinds.size()))
                    .addAllExamples(examples.chosen());
        }
    }
}
