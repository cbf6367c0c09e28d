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
    /// Mean over the repeats of each statistic, row by row; null where totals are no plain sums.
    private final double[] means;

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
            double[] sums = new double[aggregate.width() + 1];
            resamples.forEach((draw, counts) -> {
                addUp(counts, sums);
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
        double[][] ofRow = repeats[row];
        if (ofRow.length == 1) {
            totals.add(ofRow[0], weight);
            return;
        }
        for (double[] repeat : ofRow) {
            totals.add(repeat, weight / ofRow.length);
        }
    }

    /// Sets the sums of one draw. This loop is where the time of a bootstrap goes. Three rows of
    /// eight are not drawn; to skip them pays off where a row has several statistics, because a
    /// processor cannot guess which ones they are.
    private void addUp(byte[] counts, double[] sums) {
        Arrays.fill(sums, 0);
        sums[0] = counts.length;
        int width = sums.length - 1;
        if (width <= 2) {
            double first = 0;
            double second = 0;
            for (int row = 0; row < counts.length; row++) {
                first += counts[row] * means[row * width];
                second += counts[row] * means[row * width + width - 1];
            }
            sums[1] = first;
            sums[width] = second;
            return;
        }
        for (int row = 0, at = 0; row < counts.length; row++, at += width) {
            double weight = counts[row];
            if (weight != 0) {
                for (int i = 0; i < width; i++) {
                    sums[i + 1] += weight * means[at + i];
                }
            }
        }
    }

    private static double[] means(int width, double[][][] repeats) {
        double[] means = new double[width * repeats.length];
        for (int row = 0; row < repeats.length; row++) {
            for (double[] repeat : repeats[row]) {
                for (int i = 0; i < width; i++) {
                    means[row * width + i] += repeat[i] / repeats[row].length;
                }
            }
        }
        return means;
    }
}
