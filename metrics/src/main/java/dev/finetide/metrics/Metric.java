package dev.finetide.metrics;

/// One number for the answers of a task. Metrics are found by [java.util.ServiceLoader], so a user
/// adds one as a class on the classpath that is named in
/// `META-INF/services/dev.finetide.metrics.Metric`. An implementation has a public constructor
/// without parameters, is safe for use by several threads, and keeps no row.
public interface Metric {
    /// Returns the name in snake_case: what tables, policies and the command line call this metric.
    String name();

    /// Returns the way from the statistics of rows to one number; it also fixes what [#measure]
    /// gives.
    Aggregate aggregate();

    /// Returns whether a larger number is the better one.
    default boolean higherIsBetter() {
        return true;
    }

    /// Returns whether the number says which answers are better. A metric that only describes
    /// answers, as the ratio of lengths, returns false, and nobody is called better by it.
    default boolean judges() {
        return true;
    }

    /// Returns whether this metric is reported for the task when nobody asks for it by name.
    boolean suits(Task task, Settings settings);

    /// Returns the statistics of one row, as many as [Aggregate#width] says. NaN stands for a row
    /// that has no such number, as a loss where none was computed. An exception marks the row as
    /// failed for this metric only.
    double[] measure(Answered row);
}
