package dev.finetide.metrics.stats;

import dev.finetide.metrics.Aggregate;
import java.util.Arrays;

/// Rows that two arms were both measured on.
final class PairedRows {
    private static final double LEVEL = 0.05;

    private final Sample a;
    private final Sample b;
    private final int leftOut;
    private int won;
    private int lost;
    private int tied;

    PairedRows(Sample a, Sample b, int leftOut) {
        this.a = a;
        this.b = b;
        this.leftOut = leftOut;
        for (int row = 0; row < a.rows(); row++) {
            count(a.measured().value(row), b.measured().value(row));
        }
    }

    Comparison compare() {
        boolean yesNo = a.aggregate() == Aggregate.YES_NO
                && a.measured().once()
                && b.measured().once();
        return yesNo ? ofRates() : ofDraws();
    }

    private void count(double valueOfA, double valueOfB) {
        // Undefined for a row alone, as a loss over no tokens.
        int order = Double.isNaN(valueOfA) || Double.isNaN(valueOfB) || equal(valueOfA, valueOfB)
                ? 0
                : Double.compare(valueOfA, valueOfB);
        if (order == 0) {
            tied++;
        } else if (order > 0 == a.higherIsBetter()) {
            won++;
        } else {
            lost++;
        }
    }

    private static boolean equal(double x, double y) {
        return Math.abs(x - y) <= 1e-12 * Math.max(Math.abs(x), Math.abs(y));
    }

    private Comparison ofRates() {
        int both = 0;
        int onlyA = 0;
        int onlyB = 0;
        for (int row = 0; row < a.rows(); row++) {
            boolean inA = a.measured().repeats(row)[0][0] > 0;
            boolean inB = b.measured().repeats(row)[0][0] > 0;
            both += inA && inB ? 1 : 0;
            onlyA += inA && !inB ? 1 : 0;
            onlyB += inB && !inA ? 1 : 0;
        }
        PairedRates rates = new PairedRates(both, onlyA, onlyB, a.rows() - both - onlyA - onlyB);
        return new Comparison(
                rates.difference(),
                rates.interval(),
                rates.pValue(),
                won,
                lost,
                tied,
                leftOut,
                Comparison.Test.MCNEMAR,
                rates.discordance(),
                a.higherIsBetter());
    }

    private Comparison ofDraws() {
        double difference = a.value() - b.value();
        Interval interval = Interval.UNKNOWN;
        double pValue = 1;
        double spread = Double.NaN;
        if (a.rows() >= Sample.FEWEST_ROWS && Double.isFinite(difference)) {
            double[] draws = less(a.draws(), b.draws());
            double[] known = Arrays.stream(draws).filter(Double::isFinite).toArray();
            if (known.length >= 0.95 * draws.length) {
                Bca bca = new Bca(difference, known, less(a.jackknife(), b.jackknife()), a.rows());
                pValue = Math.max(bca.pValue(), smallestPValue());
                interval = bca.interval();
                spread = deviation(known) * Math.sqrt(a.rows());
                if (pValue >= LEVEL && interval.excludesZero()) {
                    interval = new Interval(Math.min(0, interval.low()), Math.max(0, interval.high()));
                }
            }
        }
        return new Comparison(
                difference,
                interval,
                pValue,
                won,
                lost,
                tied,
                leftOut,
                Comparison.Test.BOOTSTRAP,
                spread,
                a.higherIsBetter());
    }

    /// Returns the p-value of a sign test in which all rows that differ speak for one arm. A
    /// bootstrap of few differing rows does not know of the rows that it has not seen, and gives
    /// less.
    private double smallestPValue() {
        int differing = 0;
        for (int row = 0; row < a.rows(); row++) {
            if (!Arrays.deepEquals(a.measured().repeats(row), b.measured().repeats(row))) {
                differing++;
            }
        }
        return Math.min(1, Math.pow(2, 1.0 - differing));
    }

    private static double[] less(double[] x, double[] y) {
        double[] differences = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            differences[i] = x[i] - y[i];
        }
        return differences;
    }

    private static double deviation(double[] values) {
        double mean = Arrays.stream(values).average().orElse(Double.NaN);
        double squares = Arrays.stream(values)
                .map(value -> (value - mean) * (value - mean))
                .sum();
        return Math.sqrt(squares / (values.length - 1));
    }
}
