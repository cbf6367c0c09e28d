package dev.finetide.metrics.overlap;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.Answered;
import dev.finetide.metrics.Metric;
import dev.finetide.metrics.Settings;
import dev.finetide.metrics.Task;
import dev.finetide.metrics.text.Mteval13a;
import dev.finetide.metrics.text.Overlap;
import dev.finetide.metrics.totals.BleuTotals;
import java.util.List;

/// BLEU of all answers together, as sacrebleu computes it by default, between 0 and 100.
public final class Bleu implements Metric {
    @Override
    public String name() {
        return "bleu";
    }

    @Override
    public Aggregate aggregate() {
        return Aggregate.BLEU;
    }

    @Override
    public boolean suits(Task task, Settings settings) {
        return switch (task) {
            case FREE_TEXT -> true;
            case CLASSIFICATION, SHORT_ANSWER, NUMBER, JSON_EXTRACTION, SUMMARY, TEXT, FUNCTION_CALLS -> false;
        };
    }

    @Override
    public double[] measure(Answered row) {
        List<String> answer = Mteval13a.tokens(row.answer());
        List<String> expected = Mteval13a.tokens(row.expected());
        double[] statistics = new double[Aggregate.BLEU.width()];
        statistics[0] = answer.size();
        statistics[1] = expected.size();
        for (int order = 1; order <= BleuTotals.ORDERS; order++) {
            statistics[1 + order] = Overlap.common(Overlap.ngrams(answer, order), Overlap.ngrams(expected, order));
            statistics[1 + BleuTotals.ORDERS + order] = Math.max(0, answer.size() - order + 1);
        }
        return statistics;
    }
}
