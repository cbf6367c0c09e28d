package dev.finetide.metrics.stats;

/// A 95 % interval.
///
/// @param low lower bound, NaN where the interval is unknown
/// @param high upper bound, NaN where the interval is unknown
public record Interval(double low, double high) {
    /// The interval of a number whose doubt cannot be told, as from one row.
    public static final Interval UNKNOWN = new Interval(Double.NaN, Double.NaN);

    public Interval {
        if (low > high) {
            throw new IllegalArgumentException("An interval from " + low + " to " + high + " is upside down");
        }
    }

    /// Returns whether the bounds are numbers.
    public boolean isKnown() {
        return !Double.isNaN(low) && !Double.isNaN(high);
    }

    /// Returns whether the value lies between the bounds or on one of them.
    public boolean contains(double value) {
        return low <= value && value <= high;
    }

    /// Returns whether both bounds are known and lie on one side of 0.
    public boolean excludesZero() {
        return low > 0 || high < 0;
    }
}
