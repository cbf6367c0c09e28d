package dev.finetide.metrics.totals;

/// The ratio of two sums, or its exponential.
public final class RatioTotals extends SumTotals {
    private final boolean exponential;

    public RatioTotals(boolean exponential) {
        super(2);
        this.exponential = exponential;
    }

    @Override
    public double valueOf(double[] sums) {
        double ratio = sums[2] > 0 ? sums[1] / sums[2] : Double.NaN;
        return exponential ? Math.exp(ratio) : ratio;
    }
}
