package dev.finetide.metrics.overlap;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.Answered;
import dev.finetide.metrics.Metric;
import dev.finetide.metrics.Settings;
import dev.finetide.metrics.Task;

/// ROUGE-2: F1 of the pairs of words that an answer shares with its reference.
public final class Rouge2 implements Metric {
    @Override
    public String name() {
        return "rouge_2";
    }

    @Override
    public Aggregate aggregate() {
        return Aggregate.MEAN;
    }

    @Override
    public boolean suits(Task task, Settings settings) {
        return switch (task) {
            case SUMMARY -> true;
            case CLASSIFICATION, SHORT_ANSWER, NUMBER, JSON_EXTRACTION, FREE_TEXT, TEXT, FUNCTION_CALLS -> false;
        };
    }

    @Override
    public double[] measure(Answered row) {
        return new double[] {Rouge.ofNgrams(row, 2)};
    }
}
