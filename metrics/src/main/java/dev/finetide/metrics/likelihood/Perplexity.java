package dev.finetide.metrics.likelihood;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.Answered;
import dev.finetide.metrics.Metric;
import dev.finetide.metrics.Settings;
import dev.finetide.metrics.Task;

/// Exponential of the loss: among how many equally probable tokens an arm chooses on average.
public final class Perplexity implements Metric {
    @Override
    public String name() {
        return "perplexity";
    }

    @Override
    public Aggregate aggregate() {
        return Aggregate.PERPLEXITY;
    }

    @Override
    public boolean higherIsBetter() {
        return false;
    }

    @Override
    public boolean suits(Task task, Settings settings) {
        return switch (task) {
            case SUMMARY, FREE_TEXT, TEXT -> true;
            case CLASSIFICATION, SHORT_ANSWER, NUMBER, JSON_EXTRACTION, FUNCTION_CALLS -> false;
        };
    }

    @Override
    public double[] measure(Answered row) {
        return new double[] {row.nll().orElse(Double.NaN), row.tokens()};
    }
}
