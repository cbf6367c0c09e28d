package dev.finetide.metrics.match;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.Answered;
import dev.finetide.metrics.Metric;
import dev.finetide.metrics.Settings;
import dev.finetide.metrics.Task;
import dev.finetide.metrics.text.AnswerText;

/// Whether the answer is the reference without regard to case, punctuation and articles.
public final class NormalizedMatch implements Metric {
    @Override
    public String name() {
        return "normalized_match";
    }

    @Override
    public Aggregate aggregate() {
        return Aggregate.YES_NO;
    }

    @Override
    public boolean suits(Task task, Settings settings) {
        return switch (task) {
            case SHORT_ANSWER -> true;
            case CLASSIFICATION, NUMBER, JSON_EXTRACTION, SUMMARY, FREE_TEXT, TEXT, FUNCTION_CALLS -> false;
        };
    }

    @Override
    public double[] measure(Answered row) {
        return new double[] {AnswerText.same(row.answer(), row.expected()) ? 1 : 0};
    }
}
