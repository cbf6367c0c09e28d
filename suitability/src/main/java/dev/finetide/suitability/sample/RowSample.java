package dev.finetide.suitability.sample;

import dev.finetide.metrics.DetectedTask;
import dev.finetide.metrics.Task;
import dev.finetide.proto.dataset.v1.SuitabilityReportOrBuilder;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.sft.text.TextOnlyRow;
import dev.finetide.suitability.ReportRow;
import dev.finetide.suitability.RowScan;
import dev.finetide.suitability.linear.TextTerms;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Reads rows with answers, at most 50,000 of a split and evenly spread, once for all measures of one report. Long
/// texts are cut, so that a sample takes 160 MB at most. Not thread-safe.
public final class RowSample {
    /// The most rows of a split.
    public static final int MOST_ROWS = 50_000;

    /// Characters of all questions of a sample, and of all its answers.
    private static final long MOST_CHARACTERS = 40_000_000;

    /// Number of rows from which questions are cut shorter.
    private static final int FEW_ROWS = 5_000;

    private static final String TRAIN = "train";
    private static final List<String> HELD_OUT = List.of("test", "validation");

    private final int mostRows;
    private final Map<String, List<SampledRow>> bySplit = new HashMap<>();
    private DetectedTask detected;

    public RowSample() {
        this(MOST_ROWS);
    }

    /// @param mostRows the most rows of a split, one or more
    public RowSample(int mostRows) {
        this.mostRows = mostRows;
    }

    /// Returns the split that would be learnt: train, else the first one; empty where no split has rows.
    public static Optional<String> learnt(RowScan rows) {
        return rows.rows(TRAIN) > 0
                ? Optional.of(TRAIN)
                : rows.splits().stream()
                        .filter(split -> !HELD_OUT.contains(split))
                        .findFirst();
    }

    /// Returns the split by which a model would be judged: test, else validation.
    public static Optional<String> heldOut(RowScan rows) {
        return HELD_OUT.stream().filter(split -> rows.rows(split) > 0).findFirst();
    }

    /// Returns the rows of the split that would be learnt, as far as they have answers.
    public List<SampledRow> train(RowScan rows) throws IOException {
        Optional<String> split = learnt(rows);
        return split.isEmpty() ? List.of() : of(rows, split.get());
    }

    /// Returns rows of a split, as far as they have answers, in their order.
    public List<SampledRow> of(RowScan rows, String split) throws IOException {
        List<SampledRow> known = bySplit.get(split);
        if (known == null) {
            known = read(rows, split);
            bySplit.put(split, known);
        }
        return known;
    }

    /// Returns whether a split has more rows than its sample.
    public boolean isCut(RowScan rows, String split) {
        return rows.rows(split) > mostRows;
    }

    /// Returns the task of the answers: the one that the report names, else the one that a sample shows.
    public Task task(RowScan rows, SuitabilityReportOrBuilder report) throws IOException {
        Optional<Task> named = named(report);
        if (named.isPresent()) {
            return named.get();
        }
        if (detected == null) {
            List<SampledRow> train = train(rows);
            detected = DetectedTask.of(
                    train.stream().map(SampledRow::question).toList(),
                    train.stream().map(SampledRow::answer).toList(),
                    (int) train.stream().filter(SampledRow::offersTools).count());
        }
        return detected.task();
    }

    /// Returns the task that a report names.
    public static Optional<Task> named(SuitabilityReportOrBuilder report) {
        String named = report.getContents().getTask().toUpperCase(Locale.ROOT).replace(' ', '_');
        return Arrays.stream(Task.values())
                .filter(task -> task.name().equals(named))
                .findFirst();
    }

    /// Returns whether a row has a question and an answer.
    public static boolean isAnswered(ReportRow row) {
        return !(row.row() instanceof TextOnlyRow)
                && row.row().hasAnswer()
                && !RowTexts.answer(row.row()).isBlank();
    }

    private List<SampledRow> read(RowScan rows, String split) throws IOException {
        Taking taking = new Taking(rows, split);
        rows.read(split, taking::take);
        return taking.rows();
    }

    /// Returns what takes the rows of a split out of a scan that somebody else makes; empty where the split is known.
    public Optional<Taking> taking(RowScan rows, String split) {
        return bySplit.containsKey(split) ? Optional.empty() : Optional.of(new Taking(rows, split));
    }

    /// Takes the sample out of all rows of a split.
    public final class Taking {
        private final String split;
        private final long all;
        private final long wanted;
        private final int longest;
        private final List<SampledRow> sample = new ArrayList<>();

        private Taking(RowScan rows, String split) {
            this.split = split;
            this.all = rows.rows(split);
            this.wanted = Math.min(all, mostRows);
            this.longest = (int) (MOST_CHARACTERS / Math.max(FEW_ROWS, wanted));
        }

        /// Takes the next row.
        public void take(ReportRow row) {
            if (isChosen(row.number() - 1, all, wanted) && isAnswered(row)) {
                sample.add(sampled(row, longest));
            }
        }

        private List<SampledRow> rows() {
            return List.copyOf(sample);
        }

        /// Ends the scan.
        public void finish() {
            bySplit.put(split, rows());
        }
    }

    /// Whether a row is the one that stands for its part of the split. Its place in the part is drawn by a hash.
    private static boolean isChosen(long row, long all, long wanted) {
        if (all <= wanted) {
            return true;
        }
        long part = row * wanted / all;
        long first = Math.ceilDiv(part * all, wanted);
        long next = Math.ceilDiv((part + 1) * all, wanted);
        return row == first + Long.remainderUnsigned(TextTerms.mixed(part), next - first);
    }

    private static SampledRow sampled(ReportRow row, int longest) {
        boolean tools = RowTexts.offersTools(row.row());
        String acceptable = row.tags().get(RowTexts.ACCEPTABLE);
        String calls = acceptable != null ? acceptable : tools ? RowTexts.calls(row.row()) : "";
        return new SampledRow(
                row.split(),
                row.number(),
                row.id(),
                cut(RowTexts.userText(row.row()), longest),
                cut(RowTexts.answer(row.row()), longest),
                calls.length() > longest ? "" : calls,
                tools);
    }

    /// Returns the beginning of a text, never half a character.
    public static String cut(String text, int longest) {
        if (text.length() <= longest) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(longest - 1)) ? longest - 1 : longest;
        return text.substring(0, end);
    }
}
