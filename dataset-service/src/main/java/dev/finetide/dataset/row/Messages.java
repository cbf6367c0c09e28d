package dev.finetide.dataset.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.modelfiles.row.Role;
import dev.finetide.modelfiles.row.RowForm;
import java.util.HashSet;
import java.util.Set;

/// Converts OpenAI chat messages (FineTuneChatRequestInput), in the form of [RowForm], to canonical messages: keys in a
/// fixed order, `weight` only if it is 0, text parts joined to one string, `arguments` of tool calls as an object.
/// System
/// turns that say nothing are left out.
final class Messages {
    private final ArrayNode canonical = StrictJson.array();
    /// Ids of all calls so far. An id that a later turn uses again stands for the later call.
    private final Set<String> callIds = new HashSet<>();

    ArrayNode canonical() {
        return canonical;
    }

    /// Adds messages.
    ///
    /// @param list messages from the file
    /// @param path place of the list in the row
    void add(JsonNode list, String path) throws RowFault {
        if (!list.isArray()) {
            throw new RowFault(path + " is not a list");
        }
        if (list.isEmpty()) {
            throw new RowFault(path + " is empty");
        }
        for (int i = 0; i < list.size(); i++) {
            String place = path + "[" + i + "]";
            ObjectNode message = Keys.object(list.get(i), place);
            if (!RowForm.isEmptyTurn(message)) {
                canonical.add(message(message, place));
            }
        }
    }

    /// Excludes the assistant turns so far from training.
    void withoutWeight() {
        for (JsonNode message : canonical) {
            if (Conversation.isRole(message, "assistant")) {
                ((ObjectNode) message).put("weight", 0);
            }
        }
    }

    private ObjectNode message(ObjectNode message, String path) throws RowFault {
        String word = Keys.string(message, "role", path);
        Role role =
                Role.of(word).orElseThrow(() -> new RowFault(path + ".role is not " + Role.NAMES + Role.advice(word)));
        ObjectNode canonicalMessage = StrictJson.object().put("role", word);
        switch (role) {
            case ASSISTANT -> assistant(message, path, canonicalMessage);
            case TOOL -> tool(message, path, canonicalMessage);
            case SYSTEM, DEVELOPER, USER -> {
                String content = content(message, path);
                if (content.isBlank()) {
                    throw new RowFault(path + ".content is empty: an empty prompt");
                }
                canonicalMessage.put("content", content);
                name(message, path, canonicalMessage);
            }
        }
        return canonicalMessage;
    }

    private void assistant(ObjectNode message, String path, ObjectNode canonicalMessage) throws RowFault {
        boolean calling = message.has("tool_calls");
        if (!calling || message.hasNonNull("content")) {
            String content = content(message, path);
            if (content.isBlank() && !calling) {
                throw new RowFault(path + ".content is empty: an assistant's turn needs an answer");
            }
            // A template may write a missing text in another way than an empty one.
            canonicalMessage.put("content", content);
        }
        if (message.has("reasoning_content")) {
            canonicalMessage.put("reasoning_content", Keys.string(message, "reasoning_content", path));
        }
        name(message, path, canonicalMessage);
        weight(message, path, canonicalMessage);
        if (calling) {
            canonicalMessage.set(
                    "tool_calls", Tools.canonicalCalls(message.get("tool_calls"), path + ".tool_calls", callIds));
        }
    }

    private void tool(ObjectNode message, String path, ObjectNode canonicalMessage) throws RowFault {
        canonicalMessage.put("content", content(message, path));
        name(message, path, canonicalMessage);
        if (message.has("tool_call_id")) {
            String id = Keys.text(message, "tool_call_id", path);
            if (!callIds.contains(id)) {
                throw new RowFault(path + ".tool_call_id names no tool call before it");
            }
            canonicalMessage.put("tool_call_id", id);
        }
    }

    private static void name(ObjectNode message, String path, ObjectNode canonicalMessage) throws RowFault {
        if (message.has("name")) {
            canonicalMessage.put("name", Keys.text(message, "name", path));
        }
    }

    private static void weight(ObjectNode message, String path, ObjectNode canonicalMessage) throws RowFault {
        JsonNode weight = message.get("weight");
        if (weight == null) {
            return;
        }
        if (!weight.isNumber() || weight.doubleValue() != 0 && weight.doubleValue() != 1) {
            throw new RowFault(path + ".weight is not 0 or 1");
        }
        if (weight.doubleValue() == 0) {
            canonicalMessage.put("weight", 0);
        }
    }

    /// Returns a message's text: a string, or OpenAI's list of text parts, joined.
    private static String content(ObjectNode message, String path) throws RowFault {
        JsonNode content = Keys.required(message, "content", path);
        if (content.isTextual()) {
            return content.textValue();
        }
        if (!content.isArray()) {
            throw new RowFault(path + ".content is not a string");
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < content.size(); i++) {
            String place = path + ".content[" + i + "]";
            ObjectNode part = Keys.object(content.get(i), place);
            if (!Keys.string(part, "type", place).equals("text")) {
                throw new RowFault(place + ".type is not text: only text can be trained on");
            }
            text.append(Keys.string(part, "text", place));
        }
        return text.toString();
    }
}
