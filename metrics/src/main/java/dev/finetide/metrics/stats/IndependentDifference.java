package dev.finetide.metrics.stats;

/// The difference of two numbers that were measured on different rows, so that their errors are
/// independent.
///
/// @param value first number less the second one
/// @param interval 95 % interval of the difference
/// @param pValue probability of so large a difference between equal numbers, two-sided; 1 where the
///     interval is unknown
public record IndependentDifference(double value, Interval interval, double pValue) {
    /// Recovers the interval of a difference from the intervals of both numbers. Source: Zou and
    /// Donner 2008, "Construction of confidence limits about effect measures: A general approach",
    /// formula 3.
    public static IndependentDifference of(double a, Interval ofA, double b, Interval ofB) {
        double value = a - b;
        if (!ofA.isKnown() || !ofB.isKnown() || Double.isNaN(value)) {
            return new IndependentDifference(value, Interval.UNKNOWN, 1);
        }
        double low = value - Math.hypot(a - ofA.low(), ofB.high() - b);
        double high = value + Math.hypot(ofA.high() - a, b - ofB.low());
        return new IndependentDifference(value, new Interval(low, high), pValue(value, low, high));
    }

    /// Returns the p-value of a normal distribution with the interval's width on the side of 0.
    private static double pValue(double value, double low, double high) {
        double half = value > 0 ? value - low : high - value;
        if (value == 0) {
            return 1;
        }
        return half == 0 ? 0 : 2 * Normal.cumulative(-Math.abs(value) / half * Normal.Z_95);
    }
}
