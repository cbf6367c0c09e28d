package dev.finetide.metrics.stats;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.totals.SumTotals;
import dev.finetide.metrics.totals.Totals;
import java.util.Arrays;

/// Measured rows of one arm. A row of several repeats counts as one row: each of its repeats has an
/// equal share of it.
final class Rows {
    private final Aggregate aggregate;
    /// Statistics of each repeat of each measured row.
    private final double[][][] repeats;
    /// Mean over the repeats of each statistic, `[statistic][row]`; null where totals are no plain
    /// sums.
    private final double[][] means;

    Rows(Aggregate aggregate, double[][][] repeats) {
        this.aggregate = aggregate;
        this.repeats = repeats;
        this.means = aggregate.totals() instanceof SumTotals ? means(aggregate.width(), repeats) : null;
    }

    int count() {
        return repeats.length;
    }

    /// Returns whether each row was answered once.
    boolean once() {
        return Arrays.stream(repeats).allMatch(row -> row.length == 1);
    }

    double[][] repeats(int row) {
        return repeats[row];
    }

    /// Returns the number of all rows.
    double value() {
        Totals totals = full();
        return totals.value();
    }

    /// Returns the number of one row alone.
    double value(int row) {
        Totals totals = aggregate.totals();
        add(totals, row, 1);
        return totals.value();
    }

    /// Returns the number of each draw.
    double[] draws(Resamples resamples) {
        double[] values = new double[resamples.draws()];
        if (means != null) {
            SumTotals totals = (SumTotals) aggregate.totals();
            double[] sums = new double[means.length + 1];
            sums[0] = count();
            resamples.forEach((draw, counts) -> {
                for (int i = 0; i < means.length; i++) {
                    sums[i + 1] = sum(means[i], counts);
                }
                values[draw] = totals.valueOf(sums);
            });
            return values;
        }
        Totals totals = aggregate.totals();
        resamples.forEach((draw, counts) -> {
            totals.clear();
            for (int row = 0; row < counts.length; row++) {
                if (counts[row] > 0) {
                    add(totals, row, counts[row]);
                }
            }
            values[draw] = totals.value();
        });
        return values;
    }

    /// Returns the number without each row in turn.
    double[] jackknife() {
        double[] values = new double[count()];
        Totals totals = full();
        for (int row = 0; row < values.length; row++) {
            add(totals, row, -1);
            values[row] = totals.value();
            add(totals, row, 1);
        }
        return values;
    }

    private Totals full() {
        Totals totals = aggregate.totals();
        for (int row = 0; row < repeats.length; row++) {
            add(totals, row, 1);
        }
        return totals;
    }

    private void add(Totals totals, int row, double weight) {
        for (double[] repeat : repeats[row]) {
            totals.add(repeat, weight / repeats[row].length);
        }
    }

    private static double sum(double[] means, byte[] counts) {
        double sum = 0;
        for (int row = 0; row < means.length; row++) {
            sum += counts[row] * means[row];
        }
        return sum;
    }

    private static double[][] means(int width, double[][][] repeats) {
        double[][] means = new double[width][repeats.length];
        for (int row = 0; row < repeats.length; row++) {
            for (double[] repeat : repeats[row]) {
                for (int i = 0; i < width; i++) {
                    means[i][row] += repeat[i] / repeats[row].length;
                }
            }
        }
        return means;
    }
}
