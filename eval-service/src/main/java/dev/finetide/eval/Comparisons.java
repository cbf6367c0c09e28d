package dev.finetide.eval;

import dev.finetide.proto.evaluation.v1.Comparison;
import dev.finetide.proto.evaluation.v1.Verdict;
import java.util.Locale;
import java.util.Optional;

/// Turns paired comparisons round, and says what they show.
final class Comparisons {
    private Comparisons() {}

    /// Returns the comparison of `one` with `other`, if this is the pair, in whichever order it is stored.
    static Optional<Comparison> turned(Comparison pair, String one, String other) {
        if (pair.getArm().equals(one) && pair.getOther().equals(other)) {
            return Optional.of(pair);
        }
        if (!pair.getArm().equals(other) || !pair.getOther().equals(one)) {
            return Optional.empty();
        }
        return Optional.of(pair.toBuilder()
                .setArm(one)
                .setOther(other)
                .setDifference(-pair.getDifference())
                .setLow(-pair.getHigh())
                .setHigh(-pair.getLow())
                .setRowsWon(pair.getRowsLost())
                .setRowsLost(pair.getRowsWon())
                .setVerdict(
                        switch (pair.getVerdict()) {
                            case BETTER -> Verdict.WORSE;
                            case WORSE -> Verdict.BETTER;
                            default -> pair.getVerdict();
                        })
                .build());
    }

    /// Says what a comparison shows: "tuned is better than base by 0.120 [0.050, 0.190]: 23 rows won, 5 lost, 122
    /// tied".
    static String sentence(Comparison pair) {
        String finding = switch (pair.getVerdict()) {
            case BETTER -> "is better than %s by".formatted(pair.getOther());
            case WORSE -> "is worse than %s by".formatted(pair.getOther());
            default -> "is not distinguishable from %s:".formatted(pair.getOther());
        };
        String needed = pair.getVerdict() == Verdict.NOT_DISTINGUISHABLE && pair.getRowsNeeded() > 0
                ? String.format(Locale.ROOT, "; about %,d rows would do", pair.getRowsNeeded())
                : "";
        return String.format(
                Locale.ROOT,
                "%s %s %s [%s, %s] of %s; %,d rows won, %,d lost, %,d tied%s",
                pair.getArm(),
                finding,
                number(pair.getVerdict() == Verdict.WORSE ? -pair.getDifference() : pair.getDifference()),
                number(pair.getVerdict() == Verdict.WORSE ? -pair.getHigh() : pair.getLow()),
                number(pair.getVerdict() == Verdict.WORSE ? -pair.getLow() : pair.getHigh()),
                pair.getMetric(),
                pair.getRowsWon(),
                pair.getRowsLost(),
                pair.getRowsTied(),
                needed);
    }

    /// Formats a number with three decimals, without the sign of a zero; "?" for one that is not known.
    static String number(double value) {
        if (Double.isNaN(value)) {
            return "?";
        }
        String text = String.format(Locale.ROOT, "%.3f", value);
        return text.equals("-0.000") ? "0.000" : text;
    }
}
