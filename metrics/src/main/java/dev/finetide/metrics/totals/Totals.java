package dev.finetide.metrics.totals;

/// Running totals of an aggregate. Rows are added with a weight; a negative weight takes a row out
/// again. Not safe for use by several threads.
public interface Totals {
    /// Empties the totals.
    void clear();

    /// Adds the statistics of one row.
    ///
    /// @param row statistics without NaN, as many as the aggregate takes
    void add(double[] row, double weight);

    /// Returns the number of the rows that are in the totals, NaN where it is undefined.
    double value();
}
