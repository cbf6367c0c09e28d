package dev.finetide.metrics.totals;

import java.util.Arrays;

/// Macro F1: the mean of the F1 of each label that a row expects or answers.
public final class LabelTotals implements Totals {
    /// Weights of rows with other multiplicities than whole numbers leave rounding errors below
    /// this bound.
    private static final double NOTHING = 1e-9;

    private double[] expected = new double[8];
    private double[] answered = new double[8];
    private double[] right = new double[8];
    private int labels;

    @Override
    public void clear() {
        Arrays.fill(expected, 0, labels, 0);
        Arrays.fill(answered, 0, labels, 0);
        Arrays.fill(right, 0, labels, 0);
    }

    @Override
    public void add(double[] row, double weight) {
        int reference = (int) row[0];
        int answer = (int) row[1];
        makeRoom(Math.max(reference, answer) + 1);
        expected[reference] += weight;
        if (answer >= 0) {
            answered[answer] += weight;
        }
        if (reference == answer) {
            right[answer] += weight;
        }
    }

    @Override
    public double value() {
        double sum = 0;
        int present = 0;
        for (int label = 0; label < labels; label++) {
            double both = expected[label] + answered[label];
            if (both > NOTHING) {
                sum += 2 * right[label] / both;
                present++;
            }
        }
        return present == 0 ? Double.NaN : sum / present;
    }

    private void makeRoom(int count) {
        if (count <= labels) {
            return;
        }
        if (count > expected.length) {
            int length = Math.max(count, 2 * expected.length);
            expected = Arrays.copyOf(expected, length);
            answered = Arrays.copyOf(answered, length);
            right = Arrays.copyOf(right, length);
        }
        labels = count;
    }
}
