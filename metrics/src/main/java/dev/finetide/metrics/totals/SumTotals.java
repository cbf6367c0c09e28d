package dev.finetide.metrics.totals;

import java.util.Arrays;

/// Totals that are plain sums of the statistics, preceded by the sum of the weights.
public abstract sealed class SumTotals implements Totals permits MeanTotals, RatioTotals, BleuTotals, ChrfTotals {
    private final double[] sums;

    SumTotals(int width) {
        this.sums = new double[width + 1];
    }

    @Override
    public final void clear() {
        Arrays.fill(sums, 0);
    }

    @Override
    public final void add(double[] row, double weight) {
        sums[0] += weight;
        for (int i = 0; i < row.length; i++) {
            sums[i + 1] += weight * row[i];
        }
    }

    @Override
    public final double value() {
        return valueOf(sums);
    }

    /// Returns the number that belongs to sums which were made elsewhere.
    ///
    /// @param sums sum of the weights, then the weighted sum of each statistic
    public abstract double valueOf(double[] sums);
}
