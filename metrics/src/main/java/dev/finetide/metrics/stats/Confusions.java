package dev.finetide.metrics.stats;

import dev.finetide.metrics.Aggregate;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Which labels an arm takes for which.
public final class Confusions {
    /// Rows of one expected label that were answered with another one.
    ///
    /// @param expected position of the expected label
    /// @param answered position of the answered label; -1 where the answers are no label
    /// @param rows number of such rows
    public record Pair(int expected, int answered, int rows) {}

    private Confusions() {}

    /// Returns the most confused pairs, the most frequent first.
    ///
    /// @param rows statistics of [Aggregate#MACRO_F1] of each row; null or NaN for a row that the
    ///     metric failed on
    /// @param most number of pairs at most
    public static List<Pair> mostFrequent(double[][] rows, int most) {
        Map<Pair, Integer> counts = new HashMap<>();
        for (double[] row : rows) {
            if (Aggregate.isMeasured(row) && row[0] != row[1]) {
                counts.merge(new Pair((int) row[0], (int) row[1], 0), 1, Integer::sum);
            }
        }
        return counts.entrySet().stream()
                .map(entry -> new Pair(entry.getKey().expected(), entry.getKey().answered(), entry.getValue()))
                .sorted(Comparator.comparingInt(Pair::rows)
                        .reversed()
                        .thenComparingInt(Pair::expected)
                        .thenComparingInt(Pair::answered))
                .limit(most)
                .toList();
    }
}
