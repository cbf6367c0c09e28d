package dev.finetide.metrics.match;

import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.Answered;
import dev.finetide.metrics.Metric;
import dev.finetide.metrics.Settings;
import dev.finetide.metrics.Task;
import dev.finetide.metrics.json.JsonFields;
import dev.finetide.metrics.json.JsonText;
import dev.finetide.metrics.text.Overlap;
import java.util.Map;
import java.util.Optional;

/// F1 of the fields of JSON: which fields of the reference the answer has, with the same value, and
/// how many others.
public final class FieldF1 implements Metric {
    @Override
    public String name() {
        return "field_f1";
    }

    @Override
    public Aggregate aggregate() {
        return Aggregate.MEAN;
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
        JsonNode expected = JsonText.parse(row.expected())
                .orElseThrow(() -> new IllegalArgumentException("The reference is not JSON"));
        Optional<JsonNode> answer = JsonText.parse(row.answer());
        return new double[] {answer.isEmpty() ? 0 : f1(expected, answer.get())};
    }

    private static double f1(JsonNode expected, JsonNode answer) {
        if (expected.getNodeType() != answer.getNodeType()) {
            return 0;
        }
        Map<String, Integer> wanted = JsonFields.of(expected);
        Map<String, Integer> given = JsonFields.of(answer);
        return wanted.isEmpty() && given.isEmpty()
                ? 1
                : Overlap.f1(Overlap.common(wanted, given), Overlap.size(given), Overlap.size(wanted));
    }
}
