package dev.finetide.worker.report;

import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.proto.dataset.v1.WithBaseSection;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.RowScore;
import dev.finetide.sft.Scorer;
import dev.finetide.sft.text.SeenRow;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.suitability.FoundRows;
import dev.finetide.suitability.ReportRow;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Measures how well the untrained base predicts rows that are spread evenly over a split. The rows
/// with the largest loss surprise the base most: they are errors, or what is to be learnt. Not
/// thread-safe.
final class BaseLoss {
    /// The most rows that are measured, so that a base on a processor needs minutes and not hours.
    static final int MOST_ROWS = 256;

    /// The most tokens of a row that is measured.
    static final int MOST_TOKENS = 2048;

    private static final int AT_ONCE = 8;
    private static final int NAMED = 20;

    private record Drawn(ReportRow place, TokenizedRow tokens) {}

    private record Measured(RowFound.Builder found, double loss) {}

    private final long rows;
    private final List<Drawn> drawn = new ArrayList<>();
    private long seen;
    private long tooLong;

    /// @param rows number of rows of the split
    BaseLoss(long rows) {
        this.rows = rows;
    }

    /// Looks at the next row of the split, and keeps its tokens if it is one of those that are measured.
    void see(ReportRow row, SeenRow encoded) {
        boolean isDrawn = seen * MOST_ROWS / rows != (seen - 1) * MOST_ROWS / rows || rows <= MOST_ROWS || seen == 0;
        seen++;
        if (!isDrawn || encoded.refusal().isPresent() || encoded.tokens().isEmpty()) {
            return;
        }
        TokenizedRow tokens = encoded.tokens().get();
        if (tokens.length() > MOST_TOKENS) {
            tooLong++;
        } else if (tokens.supervisedTokens() > 0 && drawn.size() < MOST_ROWS) {
            drawn.add(new Drawn(withoutText(row), tokens));
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
        return "%,d rows, spread evenly over the %,d of the split, are measured%s"
                .formatted(drawn.size(), rows, longRows);
    }

    /// Measures the kept rows.
    ///
    /// @param found   takes every measured row, the most surprising first
    /// @param eachRow runs after each measured row
    void measure(CausalLm base, WithBaseSection.Builder section, FoundRows found, Runnable eachRow) throws IOException {
        Scorer scorer = new Scorer(base);
        Sizes losses = new Sizes();
        List<Measured> measured = new ArrayList<>();
        for (int from = 0; from < drawn.size(); from += AT_ONCE) {
            List<Drawn> group = drawn.subList(from, Math.min(drawn.size(), from + AT_ONCE));
            List<RowScore> scores =
                    scorer.score(group.stream().map(Drawn::tokens).toList());
            for (int i = 0; i < group.size(); i++) {
                double loss = scores.get(i).nll() / scores.get(i).supervisedTokens();
                losses.add(loss);
                measured.add(new Measured(found(group.get(i).place(), loss), loss));
                eachRow.run();
            }
        }
        measured.sort(Comparator.comparingDouble(Measured::loss).reversed());
        section.setLoss(losses.distribution());
        for (Measured row : measured) {
            if (section.getSurprisingCount() < NAMED) {
                section.addSurprising(row.found());
            }
            found.add(row.found().build());
        }
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
