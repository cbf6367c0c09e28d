package dev.finetide.dataset.shape;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.dataset.row.RowFault;
import java.util.List;
import java.util.Map;

/// Says what would read a record that has none of the shapes.
final class UnknownShape {
    /// Pairs of keys that stand for a prompt and a completion.
    private static final List<List<String>> PAIRS = List.of(
            List.of("question", "answer"),
            List.of("question", "response"),
            List.of("question", "output"),
            List.of("query", "response"),
            List.of("query", "answer"),
            List.of("instruction", "response"),
            List.of("instruction", "completion"),
            List.of("instruction", "answer"),
            List.of("prompt", "response"),
            List.of("prompt", "output"),
            List.of("input", "output"),
            List.of("input", "target"),
            List.of("input", "label"),
            List.of("input_text", "output_text"),
            List.of("source", "target"),
            List.of("text", "label"),
            List.of("text", "category"),
            List.of("text", "intent"),
            List.of("sentence", "label"),
            List.of("document", "summary"),
            List.of("article", "highlights"),
            List.of("problem", "solution"));

    private UnknownShape() {}

    static RowFault fault(ObjectNode row) {
        if (row.isEmpty()) {
            return new RowFault("the row is empty");
        }
        if (row.has("chosen") && row.has("rejected")) {
            return RowFault.of(
                    "chosen",
                    "the row is a pair of answers to compare: write the chosen one as the completion, or as the last message");
        }
        for (Map.Entry<String, JsonNode> member : row.properties()) {
            JsonNode first = member.getValue().path(0);
            if (first.has("role") && first.has("content")) {
                return RowFault.of(
                        RowFault.place("", member.getKey()),
                        "the row has the keys " + FieldTemplate.keys(row) + ": rename "
                                + RowFault.quoted(member.getKey()) + " to messages");
            }
        }
        for (List<String> pair : PAIRS) {
            if (isScalar(row, pair.getFirst()) && isScalar(row, pair.getLast())) {
                return new RowFault("the row has the keys " + pair.getFirst() + " and " + pair.getLast()
                        + ": --prompt-column " + pair.getFirst() + " --completion-column " + pair.getLast()
                        + " would read it");
            }
        }
        List<String> texts = row.properties().stream()
                .filter(member -> member.getValue().isTextual())
                .map(Map.Entry::getKey)
                .toList();
        String advice = texts.size() == 2
                ? "--prompt-column and --completion-column, or templates, would read it"
                : row.path("text").isTextual()
                        ? "--format text with --ignore-columns for the others would read it, or templates"
                        : "templates would read it, or --format names the shape";
        return new RowFault(
                "the row has the keys " + FieldTemplate.keys(row) + ", which are no shape that is known: " + advice);
    }

    private static boolean isScalar(ObjectNode row, String key) {
        return row.has(key) && !row.get(key).isContainerNode();
    }
}
