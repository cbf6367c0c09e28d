package dev.finetide.dataset.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.Set;

/// Converts OpenAI chat messages (FineTuneChatRequestInput) to canonical messages: keys in a fixed order, `weight`
/// only if it is 0, text parts joined to one string, `arguments` of tool calls always an object.
final class Messages {
    private static final Set<String> ROLES = Set.of("system", "user", "assistant", "tool");
    private static final Set<String> PLAIN_KEYS = Set.of("role", "content", "name");
    private static final Set<String> ASSISTANT_KEYS = Set.of("role", "content", "name", "weight", "tool_calls");
    private static final Set<String> TOOL_KEYS = Set.of("role", "content", "name", "tool_call_id");

    private final ArrayNode canonical = StrictJson.array();
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
            canonical.add(message(Keys.object(list.get(i), place), place));
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
        String role = Keys.string(message, "role", path);
        if (!ROLES.contains(role)) {
            throw new RowFault(path + ".role is not system, user, assistant or tool"
                    + (role.equals("function") ? " (function is deprecated, use tool)" : ""));
        }
        ObjectNode canonicalMessage = StrictJson.object().put("role", role);
        switch (role) {
            case "assistant" -> assistant(message, path, canonicalMessage);
            case "tool" -> tool(message, path, canonicalMessage);
            default -> {
                Keys.only(message, PLAIN_KEYS, path);
                String content = content(message, path);
                if (content.isBlank()) {
                    throw new RowFault(path + ".content is empty" + (role.equals("user") ? ": an empty prompt" : ""));
                }
                canonicalMessage.put("content", content);
                name(message, path, canonicalMessage);
            }
        }
        return canonicalMessage;
    }

    private void assistant(ObjectNode message, String path, ObjectNode canonicalMessage) throws RowFault {
        Keys.only(message, ASSISTANT_KEYS, path);
        JsonNode calls = message.get("tool_calls");
        boolean calling = calls != null && !calls.isNull();
        boolean silent = !message.hasNonNull("content");
        if (!calling || !silent) {
            String content = content(message, path);
            if (content.isBlank() && !calling) {
                throw new RowFault(path + ".content is empty: an assistant's turn needs an answer");
            }
            if (!content.isBlank()) {
                canonicalMessage.put("content", content);
            }
        }
        name(message, path, canonicalMessage);
        weight(message, path, canonicalMessage);
        if (calling) {
            canonicalMessage.set("tool_calls", Tools.canonicalCalls(calls, path + ".tool_calls", callIds));
        }
    }

    private void tool(ObjectNode message, String path, ObjectNode canonicalMessage) throws RowFault {
        Keys.only(message, TOOL_KEYS, path);
        canonicalMessage.put("content", content(message, path));
        name(message, path, canonicalMessage);
        if (message.hasNonNull("tool_call_id")) {
            String id = Keys.text(message, "tool_call_id", path);
            if (!callIds.contains(id)) {
                throw new RowFault(path + ".tool_call_id names no tool call before it");
            }
            canonicalMessage.put("tool_call_id", id);
        }
    }

    private static void name(ObjectNode message, String path, ObjectNode canonicalMessage) throws RowFault {
        if (message.hasNonNull("name")) {
            canonicalMessage.put("name", Keys.text(message, "name", path));
        }
    }

    private static void weight(ObjectNode message, String path, ObjectNode canonicalMessage) throws RowFault {
        JsonNode weight = message.get("weight");
        if (weight == null || weight.isNull()) {
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
            Keys.only(part, Set.of("type", "text"), place);
            text.append(Keys.string(part, "text", place));
        }
        return text.toString();
    }
}
