package dev.finetide.metrics.stats;

import org.apache.commons.statistics.distribution.NormalDistribution;

/// The standard normal distribution.
final class Normal {
    private static final NormalDistribution NORMAL = NormalDistribution.of(0, 1);

    /// The quantile that leaves 2.5 % above it.
    static final double Z_95 = NORMAL.inverseSurvivalProbability(0.025);

    /// The quantile that leaves 20 % above it.
    static final double Z_80 = NORMAL.inverseSurvivalProbability(0.2);

    private Normal() {}

    static double cumulative(double x) {
        return NORMAL.cumulativeProbability(x);
    }

    static double quantile(double probability) {
        return NORMAL.inverseCumulativeProbability(probability);
    }
}
