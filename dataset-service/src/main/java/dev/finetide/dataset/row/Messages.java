package dev.finetide.dataset.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.modelfiles.row.Role;
import dev.finetide.modelfiles.row.RowForm;

/// Reads OpenAI chat messages (FineTuneChatRequestInput), in the form of [RowForm], into a [ChatRow]: text parts joined
/// to one string, `arguments` of tool calls as an object. System turns that say nothing are left out.
final class Messages {
    private final ChatRow row;

    Messages(ChatRow row) {
        this.row = row;
    }

    /// Adds messages.
    ///
    /// @param list messages from the file
    /// @param path place of the list in the row
    void add(JsonNode list, String path) throws RowFault {
        if (!list.isArray()) {
            throw RowFault.at(path, "is not a list");
        }
        if (list.isEmpty()) {
            throw RowFault.at(path, "is empty");
        }
        for (int i = 0; i < list.size(); i++) {
            String place = path + "[" + i + "]";
            ObjectNode message = Keys.object(list.get(i), place);
            if (!RowForm.isEmptyTurn(message)) {
                add(message, place);
            }
        }
    }

    private void add(ObjectNode message, String path) throws RowFault {
        String word = Keys.string(message, "role", path);
        Role role = Role.of(word)
                .orElseThrow(() -> RowFault.at(path + ".role", "is not " + Role.NAMES + Role.advice(word)));
        switch (role) {
            case ASSISTANT -> assistant(message, path);
            case TOOL -> tool(message, path);
            case SYSTEM, DEVELOPER, USER ->
                name(message, path, row.asked(role, asked(message, path), path + ".content"));
        }
    }

    private String asked(ObjectNode message, String path) throws RowFault {
        return row.allowsEmpty() && !message.hasNonNull("content") ? "" : content(message, path);
    }

    private void assistant(ObjectNode message, String path) throws RowFault {
        boolean calling = message.has("tool_calls");
        ObjectNode turn = row.assistant();
        if (!calling || message.hasNonNull("content")) {
            String content = asked(message, path);
            if (!calling) {
                row.checkAnswer(content, path + ".content");
            }
            // A template may write a missing text in another way than an empty one.
            turn.put("content", content);
        }
        if (message.has("reasoning_content")) {
            turn.put("reasoning_content", Keys.string(message, "reasoning_content", path));
        }
        name(message, path, turn);
        weight(message, path, turn);
        if (calling) {
            turn.set("tool_calls", Tools.canonicalCalls(message.get("tool_calls"), path + ".tool_calls", row));
        }
    }

    private void tool(ObjectNode message, String path) throws RowFault {
        ObjectNode turn = row.result(content(message, path));
        name(message, path, turn);
        if (message.has("tool_call_id")) {
            row.answers(turn, Keys.text(message, "tool_call_id", path), path + ".tool_call_id");
        }
    }

    private static void name(ObjectNode message, String path, ObjectNode turn) throws RowFault {
        if (message.has("name")) {
            turn.put("name", Keys.text(message, "name", path));
        }
    }

    private static void weight(ObjectNode message, String path, ObjectNode turn) throws RowFault {
        JsonNode weight = message.get("weight");
        if (weight == null) {
            return;
        }
        if (!weight.isNumber() || weight.doubleValue() != 0 && weight.doubleValue() != 1) {
            throw RowFault.at(path + ".weight", "is not 0 or 1");
        }
        if (weight.doubleValue() == 0) {
            turn.put("weight", 0);
        }
    }

    /// Returns a message's text: a string, or OpenAI's list of text parts, joined.
    private static String content(ObjectNode message, String path) throws RowFault {
        JsonNode content = Keys.required(message, "content", path);
        if (content.isTextual()) {
            return content.textValue();
        }
        if (!content.isArray()) {
            throw RowFault.at(path + ".content", "is not a string");
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < content.size(); i++) {
            String place = path + ".content[" + i + "]";
            ObjectNode part = Keys.object(content.get(i), place);
            if (!Keys.string(part, "type", place).equals("text")) {
                throw RowFault.at(place + ".type", "is not text: only text can be trained on");
            }
            text.append(Keys.string(part, "text", place));
        }
        return text.toString();
    }
}
