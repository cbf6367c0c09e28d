package dev.finetide.metrics.stats;

/// The score interval of a rate. Source: Wilson 1927; Newcombe 1998, "Two-sided confidence
/// intervals for the single proportion", method 3.
public final class Wilson {
    private Wilson() {}

    /// Returns the 95 % interval of a rate; [Interval#UNKNOWN] for no rows.
    ///
    /// @param successes number of rows that are 1
    /// @param rows number of rows
    public static Interval interval(double successes, double rows) {
        if (rows <= 0) {
            return Interval.UNKNOWN;
        }
        double z = Normal.Z_95;
        double rate = successes / rows;
        double middle = 2 * successes + z * z;
        double half = z * Math.sqrt(z * z + 4 * successes * (1 - rate));
        double whole = 2 * (rows + z * z);
        // At both ends the bound is the rate itself; rounding must not move it.
        double low = successes <= 0 ? 0 : Math.max(0, (middle - half) / whole);
        double high = successes >= rows ? 1 : Math.min(1, (middle + half) / whole);
        return new Interval(low, high);
    }
}
