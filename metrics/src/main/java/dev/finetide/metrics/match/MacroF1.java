package dev.finetide.metrics.match;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.Answered;
import dev.finetide.metrics.Metric;
import dev.finetide.metrics.Settings;
import dev.finetide.metrics.Task;

/// Mean over the labels of how well each one is found, so that rare labels count as much as
/// frequent ones.
public final class MacroF1 implements Metric {
    private final LabelPairs labels = new LabelPairs();

    @Override
    public String name() {
        return "macro_f1";
    }

    @Override
    public Aggregate aggregate() {
        return Aggregate.MACRO_F1;
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
        return new double[] {pair.expected(), pair.answered()};
    }
}
