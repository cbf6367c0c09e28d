package dev.finetide.metrics.stats;

import java.util.Arrays;
import org.apache.commons.statistics.distribution.TDistribution;

/// The bias-corrected and accelerated interval of a bootstrap. Source: Efron 1987, "Better
/// Bootstrap Confidence Intervals"; Efron and Tibshirani 1993, section 14.3. Draws of few rows
/// scatter too little, by the factor sqrt((rows - 1) / rows), and the normal distribution has too
/// short tails for them. The interval is therefore expanded as Hesterberg proposes: 2015, "What
/// Teachers Should Know About the Bootstrap", section 3.3.
final class Bca {
    private static final double LEVEL = 0.05;
    private static final int BISECTIONS = 60;

    private final double[] sorted;
    private final double bias;
    private final double acceleration;
    private final double expansion;
    private final TDistribution student;

    /// @param value the number of the rows as they are
    /// @param draws the number of each draw, without NaN
    /// @param jackknife the number without each row; NaN where it is undefined
    /// @param rows number of rows; infinity for an interval that is not expanded
    Bca(double value, double[] draws, double[] jackknife, double rows) {
        this.sorted = draws.clone();
        Arrays.sort(sorted);
        this.bias = Normal.quantile(shareBelow(value));
        this.acceleration = acceleration(jackknife);
        this.expansion = Double.isInfinite(rows) ? 1 : Math.sqrt(rows / (rows - 1));
        this.student = TDistribution.of(rows - 1);
    }

    Interval interval() {
        return interval(LEVEL);
    }

    /// Returns the interval that misses the true value with probability `alpha`.
    Interval interval(double alpha) {
        return ofWidth(expansion * student.inverseSurvivalProbability(alpha / 2));
    }

    /// Returns the smallest alpha at which the interval excludes 0, and never less than so many
    /// draws can tell.
    double pValue() {
        double fewest = 2.0 / (sorted.length + 1);
        double excluded = 0;
        double included = expansion * student.inverseSurvivalProbability(fewest / 2);
        if (ofWidth(included).excludesZero()) {
            return fewest;
        }
        if (!ofWidth(excluded).excludesZero()) {
            return 1;
        }
        for (int i = 0; i < BISECTIONS; i++) {
            double middle = (excluded + included) / 2;
            if (ofWidth(middle).excludesZero()) {
                excluded = middle;
            } else {
                included = middle;
            }
        }
        return Math.min(1, 2 * student.survivalProbability(excluded / expansion));
    }

    /// Returns the interval whose bounds lie so many standard errors from the middle, before both
    /// corrections.
    private Interval ofWidth(double z) {
        double low = quantile(adjusted(-z));
        double high = quantile(adjusted(z));
        return new Interval(Math.min(low, high), Math.max(low, high));
    }

    /// Returns the share of draws below a value, half of those that equal it among them; never 0
    /// and never 1.
    private double shareBelow(double value) {
        int below = 0;
        int equal = 0;
        // Sums in another order differ in the last digits only.
        double tolerance = 1e-12 * Math.abs(value);
        for (double draw : sorted) {
            if (Math.abs(draw - value) <= tolerance) {
                equal++;
            } else if (draw < value) {
                below++;
            }
        }
        double share = (below + 0.5 * equal) / sorted.length;
        return Math.clamp(share, 0.5 / sorted.length, 1 - 0.5 / sorted.length);
    }

    private double adjusted(double z) {
        double shifted = bias + z;
        double scale = 1 - acceleration * shifted;
        // The formula has a pole; beyond it the interval ends at the last draw.
        return scale <= 0 ? shifted > 0 ? 1 : 0 : Normal.cumulative(bias + shifted / scale);
    }

    private double quantile(double probability) {
        double position = probability * (sorted.length - 1);
        int below = (int) Math.floor(position);
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
    }

    private static double acceleration(double[] jackknife) {
        double[] known = Arrays.stream(jackknife).filter(Double::isFinite).toArray();
        double mean = Arrays.stream(known).average().orElse(0);
        double squares = 0;
        double cubes = 0;
        double largest = 0;
        for (double value : known) {
            double distance = mean - value;
            squares += distance * distance;
            cubes += distance * distance * distance;
            largest = Math.max(largest, Math.abs(distance));
        }
        return largest <= 1e-12 * Math.abs(mean) || squares == 0 ? 0 : cubes / (6 * Math.pow(squares, 1.5));
    }
}
