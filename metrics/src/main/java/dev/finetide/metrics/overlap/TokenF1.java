package dev.finetide.metrics.overlap;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.Answered;
import dev.finetide.metrics.Metric;
import dev.finetide.metrics.Settings;
import dev.finetide.metrics.Task;
import dev.finetide.metrics.text.AnswerText;
import dev.finetide.metrics.text.Overlap;
import java.util.List;

/// F1 of the words that an answer shares with its reference, as in SQuAD's evaluation.
public final class TokenF1 implements Metric {
    @Override
    public String name() {
        return "token_f1";
    }

    @Override
    public Aggregate aggregate() {
        return Aggregate.MEAN;
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
        List<String> answer = AnswerText.words(row.answer());
        List<String> expected = AnswerText.words(row.expected());
        if (answer.isEmpty() || expected.isEmpty()) {
            return new double[] {AnswerText.same(row.answer(), row.expected()) ? 1 : 0};
        }
        int common = Overlap.common(Overlap.ngrams(answer, 1), Overlap.ngrams(expected, 1));
        return new double[] {Overlap.f1(common, answer.size(), expected.size())};
    }
}
