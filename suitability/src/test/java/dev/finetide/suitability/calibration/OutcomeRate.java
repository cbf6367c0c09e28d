package dev.finetide.suitability.calibration;

import dev.finetide.metrics.stats.Interval;
import dev.finetide.metrics.stats.Wilson;
import java.util.List;
import java.util.Locale;

/// Counts how often forecasts were right, in lines of the table.
///
/// @param right forecasts that came true
/// @param wrong forecasts that did not
/// @param undecided forecasts that the bake-off neither confirms nor refutes
record OutcomeRate(int right, int wrong, int undecided) {
    /// Columns of the table, counted behind the first bar.
    private static final int TRAINING = 5;

    private static final int PATH = 6;
    private static final int COLUMNS = 7;

    /// Counts the answers to "is training worth it?".
    static OutcomeRate ofTraining(List<String> lines) {
        return of(lines, TRAINING);
    }

    /// Counts whether the path was the named one.
    static OutcomeRate ofPath(List<String> lines) {
        return of(lines, PATH);
    }

    private static OutcomeRate of(List<String> lines, int column) {
        List<String> outcomes = lines.stream()
                .filter(line -> line.startsWith("| "))
                .map(line -> line.substring(2).split("\\s*\\|\\s*", -1))
                .filter(cells -> cells.length > COLUMNS - 1)
                .map(cells -> cells[column])
                .toList();
        return new OutcomeRate(count(outcomes, "right"), count(outcomes, "wrong"), count(outcomes, "undecided"));
    }

    private static int count(List<String> outcomes, String outcome) {
        return (int) outcomes.stream().filter(outcome::equals).count();
    }

    /// Returns the rate among decided forecasts: "19 of 25 (76 %; 57 to 89 %)".
    @Override
    public String toString() {
        int decided = right + wrong;
        Interval interval = Wilson.interval(right, decided);
        return String.format(
                Locale.ROOT,
                "%d of %d (%.0f %%; %.0f to %.0f %%)",
                right,
                decided,
                100.0 * right / decided,
                100 * interval.low(),
                100 * interval.high());
    }
}
