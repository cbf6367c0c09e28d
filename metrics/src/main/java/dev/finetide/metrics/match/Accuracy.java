package dev.finetide.metrics.match;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.Answered;
import dev.finetide.metrics.Metric;
import dev.finetide.metrics.Settings;
import dev.finetide.metrics.Task;

/// Whether the answer is the label that was expected.
public final class Accuracy implements Metric {
    private final LabelPairs labels = new LabelPairs();

    @Override
    public String name() {
        return "accuracy";
    }

    @Override
    public Aggregate aggregate() {
        return Aggregate.YES_NO;
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
        LabelPair pair = labels.of(row);
        return new double[] {pair.isRight() ? 1 : 0};
    }
}
