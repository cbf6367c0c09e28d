package dev.finetide.metrics.match;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.Answered;
import dev.finetide.metrics.Metric;
import dev.finetide.metrics.Settings;
import dev.finetide.metrics.Task;

/// Expected calibration error: how far an arm that says "90 %" is from being right in 90 % of such
/// rows.
public final class CalibrationError implements Metric {
    private final LabelPairs labels = new LabelPairs();

    @Override
    public String name() {
        return "ece";
    }

    @Override
    public Aggregate aggregate() {
        return Aggregate.ECE;
    }

    @Override
    public boolean higherIsBetter() {
        return false;
    }

    @Override
    public boolean suits(Task task, Settings settings) {
        return switch (task) {
            case CLASSIFICATION -> true;
            case SHORT_ANSWER, NUMBER, JSON_EXTRACTION, SUMMARY, FREE_TEXT, TEXT, FUNCTION_CALLS -> false;
        };
    }

    @Override
    public double[] measure(Answered row) {
        if (row.confidence().isEmpty()) {
            return new double[] {Double.NaN, Double.NaN};
        }
        return new double[] {row.confidence().getAsDouble(), labels.of(row).isRight() ? 1 : 0};
    }
}
