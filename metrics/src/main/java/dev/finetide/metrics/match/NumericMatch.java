package dev.finetide.metrics.match;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.Answered;
import dev.finetide.metrics.Metric;
import dev.finetide.metrics.Settings;
import dev.finetide.metrics.Task;
import dev.finetide.metrics.text.Numbers;
import java.math.BigDecimal;
import java.util.Optional;

/// Whether the answer is the number in which the reference ends.
public final class NumericMatch implements Metric {
    @Override
    public String name() {
        return "numeric_match";
    }

    @Override
    public Aggregate aggregate() {
        return Aggregate.YES_NO;
    }

    @Override
    public boolean suits(Task task, Settings settings) {
        return switch (task) {
            case NUMBER -> true;
            case CLASSIFICATION, SHORT_ANSWER, JSON_EXTRACTION, SUMMARY, FREE_TEXT, TEXT, FUNCTION_CALLS -> false;
        };
    }

    @Override
    public double[] measure(Answered row) {
        BigDecimal expected =
                number(row.expected()).orElseThrow(() -> new IllegalArgumentException("The reference has no number"));
        return new double[] {
            number(row.answer())
                            .filter(answer -> Numbers.same(expected, answer))
                            .isPresent()
                    ? 1
                    : 0
        };
    }

    private static Optional<BigDecimal> number(String text) {
        return Numbers.answerIn(text).flatMap(Numbers::value);
    }
}
