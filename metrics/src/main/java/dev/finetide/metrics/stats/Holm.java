package dev.finetide.metrics.stats;

import java.util.Comparator;
import java.util.stream.IntStream;

/// Holm's correction of p-values that are looked at together. Source: Holm 1979, "A Simple
/// Sequentially Rejective Multiple Test Procedure".
public final class Holm {
    private Holm() {}

    /// Returns adjusted p-values in the same order. NaN stays NaN and is not counted.
    public static double[] adjust(double[] pValues) {
        double[] adjusted = pValues.clone();
        int[] order = IntStream.range(0, pValues.length)
                .filter(i -> !Double.isNaN(pValues[i]))
                .boxed()
                .sorted(Comparator.comparingDouble(i -> pValues[i]))
                .mapToInt(Integer::intValue)
                .toArray();
        double largest = 0;
        for (int rank = 0; rank < order.length; rank++) {
            largest = Math.max(largest, Math.min(1, (order.length - rank) * pValues[order[rank]]));
            adjusted[order[rank]] = largest;
        }
        return adjusted;
    }
}
