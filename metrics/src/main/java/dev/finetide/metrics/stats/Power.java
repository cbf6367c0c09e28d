package dev.finetide.metrics.stats;

import java.util.OptionalLong;

/// How many rows show which difference: 80 % power, two-sided test at 5 %.
public final class Power {
    private static final int BISECTIONS = 100;

    private Power() {}

    /// Returns the smallest difference of means that paired rows show.
    ///
    /// @param rows number of rows that both arms answered
    /// @param deviation standard deviation of a row's difference
    /// @return NaN for no rows
    public static double detectableDifference(long rows, double deviation) {
        return rows <= 0 ? Double.NaN : (Normal.Z_95 + Normal.Z_80) * deviation / Math.sqrt(rows);
    }

    /// Returns how many paired rows show a difference of means; empty where the difference is 0 or
    /// unknown.
    ///
    /// @param deviation standard deviation of a row's difference
    public static OptionalLong rowsNeeded(double difference, double deviation) {
        if (difference == 0 || !Double.isFinite(difference) || !Double.isFinite(deviation)) {
            return OptionalLong.empty();
        }
        double ratio = (Normal.Z_95 + Normal.Z_80) * deviation / difference;
        return OptionalLong.of(Math.max(1, (long) Math.ceil(ratio * ratio)));
    }

    /// Returns the smallest difference of two rates that paired rows show. Source: Connor 1987,
    /// "Sample Size for Testing Differences in Proportions for the Paired-Sample Design".
    ///
    /// @param rows number of rows that both arms answered
    /// @param discordance share of rows in which the arms differ, between 0 and 1
    /// @return NaN for no rows, and where even the largest difference, all differing rows for one
    ///     arm, does not show
    public static double detectableRateDifference(long rows, double discordance) {
        if (rows <= 0 || !(discordance > 0) || rowsForRates(discordance, discordance) > rows) {
            return Double.NaN;
        }
        double hidden = 0;
        double shown = discordance;
        for (int i = 0; i < BISECTIONS; i++) {
            double middle = (hidden + shown) / 2;
            if (rowsForRates(middle, discordance) > rows) {
                hidden = middle;
            } else {
                shown = middle;
            }
        }
        return shown;
    }

    /// Returns how many paired rows show a difference of two rates; empty where the difference is 0
    /// or unknown.
    ///
    /// @param discordance share of rows in which the arms differ, at least as large as the
    ///     difference
    public static OptionalLong rowsNeededForRates(double difference, double discordance) {
        if (difference == 0 || !Double.isFinite(difference) || !(discordance >= Math.abs(difference))) {
            return OptionalLong.empty();
        }
        return OptionalLong.of((long) Math.ceil(rowsForRates(Math.abs(difference), discordance)));
    }

    private static double rowsForRates(double difference, double discordance) {
        double root = Normal.Z_95 * Math.sqrt(discordance)
                + Normal.Z_80 * Math.sqrt(Math.max(0, discordance - difference * difference));
        return root * root / (difference * difference);
    }
}
