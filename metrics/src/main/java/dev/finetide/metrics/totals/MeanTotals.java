package dev.finetide.metrics.totals;

/// The mean of one statistic.
public final class MeanTotals extends SumTotals {
    public MeanTotals() {
        super(1);
    }

    @Override
    public double valueOf(double[] sums) {
        return sums[0] > 0 ? sums[1] / sums[0] : Double.NaN;
    }
}
