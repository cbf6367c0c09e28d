package dev.finetide.metrics.overlap;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.Answered;
import dev.finetide.metrics.Metric;
import dev.finetide.metrics.Settings;
import dev.finetide.metrics.Task;
import dev.finetide.metrics.text.Overlap;
import dev.finetide.metrics.text.Whitespace;
import dev.finetide.metrics.totals.ChrfTotals;
import java.util.HashMap;
import java.util.Map;

/// The chrF2 of all answers together, as sacrebleu computes it by default, between 0 and 100.
public final class Chrf implements Metric {
    @Override
    public String name() {
        return "chrf";
    }

    @Override
    public Aggregate aggregate() {
        return Aggregate.CHRF;
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
        int[] answer = Whitespace.removedFrom(row.answer()).codePoints().toArray();
        int[] expected = Whitespace.removedFrom(row.expected()).codePoints().toArray();
        double[] statistics = new double[Aggregate.CHRF.width()];
        for (int order = 1; order <= ChrfTotals.ORDERS; order++) {
            int ofExpected = Math.max(0, expected.length - order + 1);
            int at = 3 * (order - 1);
            // Sacrebleu does not count n-grams of the answer where the reference has none of their order.
            statistics[at] = ofExpected == 0 ? 0 : Math.max(0, answer.length - order + 1);
            statistics[at + 1] = ofExpected;
            statistics[at + 2] = Overlap.common(ngrams(answer, order), ngrams(expected, order));
        }
        return statistics;
    }

    private static Map<String, Integer> ngrams(int[] text, int order) {
        Map<String, Integer> counts = new HashMap<>();
        for (int start = 0; start + order <= text.length; start++) {
            counts.merge(new String(text, start, order), 1, Integer::sum);
        }
        return counts;
    }
}
