package dev.finetide.worker.report;

import dev.finetide.proto.dataset.v1.Distribution;
import java.util.Map;
import java.util.TreeMap;

/// Counts sizes exactly, and makes a distribution of them. Memory grows with the number of different
/// sizes only.
final class Sizes {
    private static final int BINS = 24;
    private static final double LOW = 0.05;
    private static final double HIGH = 0.95;

    private final TreeMap<Double, Long> counts = new TreeMap<>();
    private long rows;
    private double sum;

    void add(double size) {
        counts.merge(size, 1L, Long::sum);
        rows++;
        sum += size;
    }

    /// Returns the distribution of one size or more, in bins of equal width.
    Distribution distribution() {
        double min = counts.firstKey();
        double max = counts.lastKey();
        Distribution.Builder made = Distribution.newBuilder()
                .setRows(rows)
                .setMin(min)
                .setMean(sum / rows)
                .setMedian(quantile(0.5))
                .setP5(quantile(LOW))
                .setP95(quantile(HIGH))
                .setMax(max);
        int bins = max > min ? Math.min(BINS, Math.max(2, counts.size())) : 1;
        long[] filled = new long[bins];
        counts.forEach((size, count) -> {
            int bin = max > min ? (int) ((size - min) / (max - min) * bins) : 0;
            filled[Math.min(bins - 1, bin)] += count;
        });
        for (int i = 0; i <= bins; i++) {
            made.addEdges(i == bins ? max : min + (max - min) * i / bins);
        }
        for (long count : filled) {
            made.addCounts(count);
        }
        return made.build();
    }

    /// Returns the smallest size that at least this part of the rows does not exceed.
    private double quantile(double part) {
        long needed = Math.max(1, (long) Math.ceil(part * rows));
        long seen = 0;
        for (Map.Entry<Double, Long> entry : counts.entrySet()) {
            seen += entry.getValue();
            if (seen >= needed) {
                return entry.getKey();
            }
        }
        return counts.lastKey();
    }
}
