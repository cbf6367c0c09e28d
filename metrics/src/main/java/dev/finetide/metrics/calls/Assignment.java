package dev.finetide.metrics.calls;

import java.util.Arrays;

/// Pairs the rows of a matrix with its columns so that the sum of the pairs is largest (the Hungarian
/// method with potentials, in n * n * m steps for n rows and m columns).
final class Assignment {
    private final double[][] gains;
    private final int columns;
    private final double[] rowPotential;
    private final double[] columnPotential;
    /// The row of each column, counted from 1; 0 for none. Column 0 stands for the row that is placed.
    private final int[] rowOf;

    private Assignment(double[][] gains) {
        this.gains = gains;
        this.columns = gains[0].length;
        this.rowPotential = new double[gains.length + 1];
        this.columnPotential = new double[columns + 1];
        this.rowOf = new int[columns + 1];
    }

    /// Returns the largest sum of pairs, each row and each column in one pair at most.
    ///
    /// @param gains not negative, shape [rows, columns]
    static double best(double[][] gains) {
        if (gains.length == 0 || gains[0].length == 0) {
            return 0;
        }
        Assignment assignment = new Assignment(gains.length <= gains[0].length ? gains : transposed(gains));
        for (int row = 1; row <= assignment.gains.length; row++) {
            assignment.place(row);
        }
        return assignment.sum();
    }

    /// Finds a column for one more row along the cheapest path of exchanges.
    private void place(int row) {
        rowOf[0] = row;
        int column = 0;
        double[] least = new double[columns + 1];
        Arrays.fill(least, Double.POSITIVE_INFINITY);
        int[] cameFrom = new int[columns + 1];
        boolean[] used = new boolean[columns + 1];
        do {
            used[column] = true;
            column = next(column, least, cameFrom, used);
        } while (rowOf[column] != 0);
        while (column != 0) {
            rowOf[column] = rowOf[cameFrom[column]];
            column = cameFrom[column];
        }
    }

    /// Returns the column to which the cheapest step leads, and changes the potentials by its cost.
    private int next(int from, double[] least, int[] cameFrom, boolean[] used) {
        int row = rowOf[from];
        int next = 0;
        double delta = Double.POSITIVE_INFINITY;
        for (int j = 1; j <= columns; j++) {
            if (used[j]) {
                continue;
            }
            double cost = -gains[row - 1][j - 1] - rowPotential[row] - columnPotential[j];
            if (cost < least[j]) {
                least[j] = cost;
                cameFrom[j] = from;
            }
            if (least[j] < delta) {
                delta = least[j];
                next = j;
            }
        }
        for (int j = 0; j <= columns; j++) {
            if (used[j]) {
                rowPotential[rowOf[j]] += delta;
                columnPotential[j] -= delta;
            } else {
                least[j] -= delta;
            }
        }
        return next;
    }

    private double sum() {
        double sum = 0;
        for (int j = 1; j <= columns; j++) {
            sum += rowOf[j] == 0 ? 0 : gains[rowOf[j] - 1][j - 1];
        }
        return sum;
    }

    private static double[][] transposed(double[][] matrix) {
        double[][] transposed = new double[matrix[0].length][matrix.length];
        for (int i = 0; i < matrix.length; i++) {
            for (int j = 0; j < matrix[i].length; j++) {
                transposed[j][i] = matrix[i][j];
            }
        }
        return transposed;
    }
}
