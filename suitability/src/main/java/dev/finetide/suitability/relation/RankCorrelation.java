package dev.finetide.suitability.relation;

import java.util.Comparator;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/// Spearman's rank correlation, where equal numbers share the mean of their ranks.
final class RankCorrelation {
    private RankCorrelation() {}

    /// Returns the correlation, from -1 to 1; empty where all numbers of one side are equal.
    static OptionalDouble of(double[] one, double[] other) {
        double[] a = ranks(one);
        double[] b = ranks(other);
        double mean = (one.length + 1) / 2.0;
        double products = 0;
        double squaresOfA = 0;
        double squaresOfB = 0;
        for (int i = 0; i < a.length; i++) {
            products += (a[i] - mean) * (b[i] - mean);
            squaresOfA += (a[i] - mean) * (a[i] - mean);
            squaresOfB += (b[i] - mean) * (b[i] - mean);
        }
        return squaresOfA == 0 || squaresOfB == 0
                ? OptionalDouble.empty()
                : OptionalDouble.of(products / Math.sqrt(squaresOfA * squaresOfB));
    }

    private static double[] ranks(double[] numbers) {
        int[] order = IntStream.range(0, numbers.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> numbers[i]))
                .mapToInt(Integer::intValue)
                .toArray();
        double[] ranks = new double[numbers.length];
        for (int start = 0; start < order.length; ) {
            int end = start;
            while (end < order.length && numbers[order[end]] == numbers[order[start]]) {
                end++;
            }
            for (int i = start; i < end; i++) {
                ranks[order[i]] = (start + 1 + end) / 2.0;
            }
            start = end;
        }
        return ranks;
    }
}
