package dev.finetide.cli.eval;

import dev.finetide.proto.evaluation.v1.Score;
import java.util.Locale;

/// Writes scores for people, with three digits. Metrics keep their names, by which users ask for them.
public final class MetricText {
    private static final double LARGE = 100;
    private static final double VERY_LARGE = 10_000;

    private MetricText() {}

    /// Writes the head of a metric's column.
    static String head(String metric) {
        return metric.toUpperCase(Locale.ROOT);
    }

    public static String value(double value) {
        if (Double.isNaN(value)) {
            return "-";
        }
        double size = Math.abs(value);
        return String.format(Locale.ROOT, size < LARGE ? "%.3f" : size < VERY_LARGE ? "%,.1f" : "%.2e", value);
    }

    /// Writes a score with its 95 % interval: "0.953 [0.910, 0.976]"; without one that could not be computed.
    public static String withInterval(Score score) {
        return Double.isNaN(score.getLow()) || Double.isNaN(score.getHigh())
                ? value(score.getValue())
                : value(score.getValue()) + " " + interval(score.getLow(), score.getHigh());
    }

    static String interval(double low, double high) {
        return "[" + value(low) + ", " + value(high) + "]";
    }
}
