package dev.finetide.metrics.overlap;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.Answered;
import dev.finetide.metrics.Metric;
import dev.finetide.metrics.Settings;
import dev.finetide.metrics.Task;

/// ROUGE-1: F1 of the words that an answer shares with its reference.
public final class Rouge1 implements Metric {
    @Override
    public String name() {
        return "rouge_1";
    }

    @Override
    public Aggregate aggregate() {
        return Aggregate.MEAN;
    }

    @Override
    public boolean suits(Task task, Settings settings) {
        return switch (task) {
            case SUMMARY, FREE_TEXT -> true;
            case CLASSIFICATION, SHORT_ANSWER, NUMBER, JSON_EXTRACTION, TEXT, FUNCTION_CALLS -> false;
        };
    }

    @Override
    public double[] measure(Answered row) {
        return new double[] {Rouge.ofNgrams(row, 1)};
    }
}
