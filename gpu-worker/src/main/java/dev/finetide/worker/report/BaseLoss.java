package dev.finetide.worker.report;

import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.proto.dataset.v1.WithBaseSection;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.Scorer;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.sft.text.SeenRow;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.suitability.FoundRows;
import dev.finetide.suitability.ReportRow;
import dev.finetide.suitability.linear.TextTerms;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/// Measures how well the untrained base predicts rows that are spread evenly over a split. Rows
/// whose loss is furthest above that of their answer surprise the base most: they are errors, or
/// what is to be learnt. Not thread-safe.
final class BaseLoss {
    /// The most rows that are measured, so that a base on a processor needs minutes and not hours.
    static final int MOST_ROWS = 256;

    /// The most tokens of a row that is measured.
    static final int MOST_TOKENS = 2048;

    /// The fewest rows with an equal answer whose mean loss is that of the answer. A label that the
    /// base would not say by itself has a large loss in all of its rows, right ones and wrong ones.
    private static final int FEWEST_OF_ANSWER = 5;

    private static final int AT_ONCE = 8;
    private static final int NAMED = 20;

    /// @param answer hash of the row's answer
    private record Drawn(ReportRow place, long answer, TokenizedRow tokens) {}

    private record Measured(RowFound.Builder found, long answer, double loss) {}

    private final long rows;
    private final List<Drawn> drawn = new ArrayList<>();
    private long seen;
    private long tooLong;
    private long refused;

    /// @param rows number of rows of the split
    BaseLoss(long rows) {
        this.rows = rows;
    }

    /// Looks at the next row of the split, and keeps its tokens if it is one of those that are measured.
    void see(ReportRow row, SeenRow encoded) {
        boolean isDrawn = seen * MOST_ROWS / rows != (seen - 1) * MOST_ROWS / rows || rows <= MOST_ROWS || seen == 0;
        seen++;
        if (!isDrawn) {
            return;
        }
        if (encoded.refusal().isPresent() || encoded.tokens().isEmpty()) {
            refused++;
            return;
        }
        TokenizedRow tokens = encoded.tokens().get();
        if (tokens.length() > MOST_TOKENS) {
            tooLong++;
        } else if (tokens.supervisedTokens() > 0 && drawn.size() < MOST_ROWS) {
            drawn.add(new Drawn(withoutText(row), TextTerms.hash(RowTexts.answer(row.row())), tokens));
        }
    }

    private static ReportRow withoutText(ReportRow row) {
        return new ReportRow(row.split(), row.number(), row.id(), null, row.tags());
    }

    boolean isEmpty() {
        return drawn.isEmpty();
    }

    /// Returns which rows are not measured, in words; empty if all are.
    String left() {
        if (drawn.size() == rows) {
            return "";
        }
        String longRows =
                tooLong == 0 ? "" : "; %d drawn rows have more than %,d tokens".formatted(tooLong, MOST_TOKENS);
        String refusedRows =
                refused == 0 ? "" : "; %d drawn rows are refused, see the supervision of train".formatted(refused);
        return "%,d rows, spread evenly over the %,d of the split, are measured%s%s"
                .formatted(drawn.size(), rows, longRows, refusedRows);
    }

    /// Measures the kept rows whose loss is not known yet.
    ///
    /// @param machine knows losses of earlier attempts, and keeps those that are measured now
    /// @param found   takes every row, the most surprising first
    void measure(CausalLm base, BaseSection.Machine machine, WithBaseSection.Builder section, FoundRows found)
            throws IOException {
        List<Double> losses = new ArrayList<>(
                machine.knownLosses().stream().limit(drawn.size()).toList());
        Scorer scorer = new Scorer(base);
        while (losses.size() < drawn.size()) {
            List<Drawn> group = drawn.subList(losses.size(), Math.min(drawn.size(), losses.size() + AT_ONCE));
            List<Double> further = scorer
                    .score(group.stream().map(Drawn::tokens).toList())
                    .stream()
                    .map(score -> score.nll() / score.supervisedTokens())
                    .toList();
            losses.addAll(further);
            machine.measured(further);
        }
        Sizes sizes = new Sizes();
        List<Measured> measured = new ArrayList<>();
        for (int i = 0; i < losses.size(); i++) {
            sizes.add(losses.get(i));
            measured.add(new Measured(
                    found(drawn.get(i).place(), losses.get(i)), drawn.get(i).answer(), losses.get(i)));
        }
        ToDoubleFunction<Measured> usual = usualLoss(measured);
        measured.sort(Comparator.comparingDouble((Measured row) -> row.loss() - usual.applyAsDouble(row))
                .reversed());
        section.setLoss(sizes.distribution());
        for (Measured row : measured) {
            if (section.getSurprisingCount() < NAMED) {
                section.addSurprising(row.found());
            }
            found.add(row.found().build());
        }
    }

    /// Returns the mean loss of a row's answer, or of all rows where few have the answer.
    private static ToDoubleFunction<Measured> usualLoss(List<Measured> measured) {
        Map<Long, DoubleSummaryStatistics> ofAnswer = measured.stream()
                .collect(Collectors.groupingBy(Measured::answer, Collectors.summarizingDouble(Measured::loss)));
        double ofAll = measured.stream().mapToDouble(Measured::loss).average().orElse(0);
        return row -> {
            DoubleSummaryStatistics losses = ofAnswer.get(row.answer());
            return losses.getCount() < FEWEST_OF_ANSWER ? ofAll : losses.getAverage();
        };
    }

    private static RowFound.Builder found(ReportRow row, double loss) {
        return RowFound.newBuilder()
                .setKind(FoundKind.SURPRISING)
                .setSplit(row.split())
                .setNumber(row.number())
                .setId(row.id())
                .setValue(loss);
    }
}
