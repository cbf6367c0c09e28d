package dev.finetide.metrics.match;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.Answered;
import dev.finetide.metrics.Metric;
import dev.finetide.metrics.Settings;
import dev.finetide.metrics.Task;
import dev.finetide.metrics.json.JsonText;

/// Whether the answer is JSON.
public final class ValidJson implements Metric {
    @Override
    public String name() {
        return "valid_json";
    }

    @Override
    public Aggregate aggregate() {
        return Aggregate.YES_NO;
    }

    @Override
    public boolean suits(Task task, Settings settings) {
        return switch (task) {
            case JSON_EXTRACTION -> true;
            case CLASSIFICATION, SHORT_ANSWER, NUMBER, SUMMARY, FREE_TEXT, TEXT, FUNCTION_CALLS -> false;
        };
    }

    @Override
    public double[] measure(Answered row) {
        return new double[] {JsonText.parse(row.answer()).isPresent() ? 1 : 0};
    }
}
