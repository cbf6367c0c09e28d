package dev.finetide.dataset.recipe;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/// Reads and writes canonical rows as trees. Numbers keep their digits.
final class RowJson {
    private static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(64 << 20)
                            .build())
                    .build())
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private RowJson() {}

    /// Parses a stored row, which is an object.
    static ObjectNode parse(byte[] json) {
        try {
            return (ObjectNode) JSON.readTree(json);
        } catch (IOException e) {
            throw new IllegalStateException("a stored row is not JSON", e);
        }
    }

    /// Parses JSON that somebody wrote; empty if it is no JSON.
    static Optional<JsonNode> parse(String text) {
        try {
            return Optional.of(JSON.readTree(text)).filter(node -> !node.isMissingNode());
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    static byte[] write(JsonNode tree) {
        try {
            return JSON.writeValueAsBytes(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a JSON tree can be written", e);
        }
    }

    static String text(JsonNode tree) {
        return new String(write(tree), StandardCharsets.UTF_8);
    }

    /// Returns the contents of the turns of a role, each on lines of its own.
    static String contents(ObjectNode row, String role) {
        StringBuilder text = new StringBuilder();
        for (JsonNode turn : row.path("messages")) {
            if (turn.path("role").asText().equals(role) && turn.path("content").isTextual()) {
                text.append(text.isEmpty() ? "" : "\n")
                        .append(turn.get("content").textValue());
            }
        }
        return text.toString();
    }

    /// Returns the last turn of the assistant.
    static Optional<ObjectNode> lastAnswer(ObjectNode row) {
        ObjectNode last = null;
        for (JsonNode turn : row.path("messages")) {
            if (turn.path("role").asText().equals("assistant")) {
                last = (ObjectNode) turn;
            }
        }
        return Optional.ofNullable(last);
    }

    /// Returns what a row asks, as a tree of its own: the row without the last assistant's turn and what
    /// comes after it, and without weights, which say nothing to the model.
    static ObjectNode asked(ObjectNode row) {
        ObjectNode asked = row.deepCopy();
        asked.remove("completion");
        if (asked.get("messages") instanceof ArrayNode messages) {
            int answer = messages.size() - 1;
            while (answer > 0 && !messages.get(answer).path("role").asText().equals("assistant")) {
                answer--;
            }
            while (messages.size() > answer) {
                messages.remove(messages.size() - 1);
            }
            messages.forEach(message -> ((ObjectNode) message).remove("weight"));
        }
        return asked;
    }

    /// Returns the row with another answer: the completion, or the last assistant's turn, which then
    /// neither calls nor reasons. Empty for a row that has no answer.
    static Optional<ObjectNode> withAnswer(ObjectNode row, String answer) {
        ObjectNode changed = row.deepCopy();
        if (changed.has("completion")) {
            changed.put("completion", answer);
            return Optional.of(changed);
        }
        Optional<ObjectNode> turn = lastAnswer(changed);
        turn.ifPresent(last -> {
            ObjectNode before = last.deepCopy();
            last.removeAll();
            // Canonical turns begin with role and content.
            last.set("role", before.get("role"));
            last.put("content", answer);
            before.remove(List.of("role", "content", "tool_calls", "reasoning_content"));
            last.setAll(before);
        });
        return turn.map(_ -> changed);
    }

    /// Returns a chat row with another first system turn, or a new one; empty for other rows.
    static Optional<ObjectNode> withSystem(ObjectNode row, String text) {
        if (!row.has("messages")) {
            return Optional.empty();
        }
        ObjectNode changed = row.deepCopy();
        ArrayNode messages = (ArrayNode) changed.get("messages");
        JsonNode first = messages.path(0);
        boolean has = first.path("role").asText().equals("system")
                || first.path("role").asText().equals("developer");
        if (has) {
            ((ObjectNode) first).put("content", text);
        } else {
            messages.insertObject(0).put("role", "system").put("content", text);
        }
        return Optional.of(changed);
    }
}
