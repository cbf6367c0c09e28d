package dev.finetide.dataset.recipe;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Computes how many rows of each source the largest mix has in which no row is taken twice and every
/// share is right within one row.
final class MixSizes {
    private MixSizes() {}

    /// @param rows number of rows of each source
    /// @param weights weight of each source, above 0
    static long[] of(List<Long> rows, List<Double> weights) {
        double sum = weights.stream().mapToDouble(Double::doubleValue).sum();
        double[] shares = weights.stream().mapToDouble(weight -> weight / sum).toArray();
        long most = IntStream.range(0, shares.length)
                .mapToLong(i -> (long) Math.ceil((rows.get(i) + 1) / shares[i]))
                .min()
                .orElse(0);
        most = Math.min(most, rows.stream().mapToLong(Long::longValue).sum());
        for (long total = most; total > 0; total--) {
            long[] sizes = sizes(rows, shares, total);
            if (Arrays.stream(sizes).sum() == total) {
                return sizes;
            }
        }
        return new long[shares.length];
    }

    /// Returns sizes whose shares are right within one row; their sum is smaller than the total if there
    /// are too few rows.
    private static long[] sizes(List<Long> rows, double[] shares, long total) {
        long[] sizes = new long[shares.length];
        for (int i = 0; i < shares.length; i++) {
            // The small number keeps a share such as 0.1 of 10 from being 0.9999 rows.
            sizes[i] = Math.min((long) Math.floor(total * shares[i] + 1e-9), rows.get(i));
        }
        long missing = total - Arrays.stream(sizes).sum();
        List<Integer> byRest = IntStream.range(0, shares.length)
                .boxed()
                .filter(i -> sizes[i] < rows.get(i) && sizes[i] + 1 < total * shares[i] + 1)
                .sorted(Comparator.comparingDouble(i -> sizes[i] - total * shares[i]))
                .toList();
        byRest.stream().limit(Math.max(0, missing)).forEach(i -> sizes[i]++);
        return sizes;
    }
}
