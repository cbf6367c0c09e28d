package dev.finetide.metrics.totals;

import java.util.Arrays;

/// Expected calibration error: in each of ten bins of equal width, the distance between mean
/// confidence and share of right answers, weighted by the bin's rows. Source: Guo et al. 2017, "On
/// Calibration of Modern Neural Networks", section 2.
public final class BinTotals implements Totals {
    private static final int BINS = 10;

    private final double[] gaps = new double[BINS];
    private double weights;

    @Override
    public void clear() {
        Arrays.fill(gaps, 0);
        weights = 0;
    }

    @Override
    public void add(double[] row, double weight) {
        gaps[bin(row[0])] += weight * (row[0] - row[1]);
        weights += weight;
    }

    @Override
    public double value() {
        if (weights <= 0) {
            return Double.NaN;
        }
        double sum = 0;
        for (double gap : gaps) {
            sum += Math.abs(gap);
        }
        return sum / weights;
    }

    /// Returns the bin of a confidence. A bin holds its upper bound, and the first one also 0.
    private static int bin(double confidence) {
        return Math.clamp((int) Math.ceil(confidence * BINS) - 1, 0, BINS - 1);
    }
}
