package dev.finetide.dataset.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.finetide.proto.dataset.v1.RedactStep;
import dev.finetide.suitability.personal.Redaction;
import java.util.List;
import java.util.Optional;

/// Replaces personal data and secrets in everything that a row says: prompts, answers, turns, thoughts,
/// arguments of calls.
final class RedactRows implements RowStep {
    private static final List<String> TEXTS = List.of("prompt", "completion", "text");
    private static final List<String> TURN_TEXTS = List.of("content", "reasoning_content");

    private final Redaction redaction;

    RedactRows(RedactStep step) {
        this.redaction = Redaction.of(step.getKindsList());
    }

    @Override
    public Optional<RecipeRow> apply(RecipeRow row, long ordinal) {
        ObjectNode tree = row.tree().deepCopy();
        redact(tree, TEXTS);
        for (JsonNode message : tree.path("messages")) {
            redact((ObjectNode) message, TURN_TEXTS);
            for (JsonNode call : message.path("tool_calls")) {
                if (call.path("function") instanceof ObjectNode function && function.has("arguments")) {
                    function.set("arguments", arguments(function.get("arguments")));
                }
            }
        }
        return Optional.of(tree.equals(row.tree()) ? row : row.withTree(tree));
    }

    private void redact(ObjectNode object, List<String> keys) {
        for (String key : keys) {
            if (object.path(key).isTextual()) {
                object.put(key, redaction.of(object.get(key).textValue()));
            }
        }
    }

    /// Redacts arguments that are an object, or an object as text.
    private JsonNode arguments(JsonNode arguments) {
        if (!arguments.isTextual()) {
            return redacted(arguments);
        }
        String text = arguments.textValue();
        Optional<JsonNode> inside = RowJson.parse(text).filter(JsonNode::isContainerNode);
        if (inside.isEmpty()) {
            return TextNode.valueOf(redaction.of(text));
        }
        JsonNode changed = redacted(inside.get());
        return changed.equals(inside.get()) ? arguments : TextNode.valueOf(RowJson.text(changed));
    }

    private JsonNode redacted(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT -> {
                ObjectNode object = (ObjectNode) node.deepCopy();
                node.properties().forEach(member -> object.set(member.getKey(), redacted(member.getValue())));
                yield object;
            }
            case ARRAY -> {
                ArrayNode array = ((ArrayNode) node).arrayNode();
                node.forEach(item -> array.add(redacted(item)));
                yield array;
            }
            case STRING, NUMBER -> {
                String before = node.asText();
                String after = redaction.of(before);
                yield after.equals(before) ? node : TextNode.valueOf(after);
            }
            case BOOLEAN, NULL, MISSING, BINARY, POJO -> node;
        };
    }
}
