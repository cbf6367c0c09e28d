package dev.finetide.metrics.match;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.Answered;
import dev.finetide.metrics.Metric;
import dev.finetide.metrics.Settings;
import dev.finetide.metrics.Task;

/// Whether the answer is the reference, character for character except for white space around them.
public final class ExactMatch implements Metric {
    @Override
    public String name() {
        return "exact_match";
    }

    @Override
    public Aggregate aggregate() {
        return Aggregate.YES_NO;
    }

    @Override
    public boolean suits(Task task, Settings settings) {
        return switch (task) {
            case CLASSIFICATION, SHORT_ANSWER, NUMBER, JSON_EXTRACTION, FREE_TEXT -> true;
            case SUMMARY, TEXT, FUNCTION_CALLS -> false;
        };
    }

    @Override
    public double[] measure(Answered row) {
        return new double[] {row.answer().strip().equals(row.expected().strip()) ? 1 : 0};
    }
}
