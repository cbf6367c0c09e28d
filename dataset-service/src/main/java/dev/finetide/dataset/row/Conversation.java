package dev.finetide.dataset.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.modelfiles.row.Role;
import dev.finetide.proto.dataset.v1.RowContent;
import dev.finetide.proto.dataset.v1.RowFormat;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/// Reads chat rows: messages that end with an assistant turn, and the tools that the assistant may call.
final class Conversation {
    private Conversation() {}

    /// Reads OpenAI's form, where every assistant turn is trained on unless its `weight` is 0.
    static CanonicalRow of(JsonNode messages, JsonNode tools) throws RowFault {
        Messages read = new Messages();
        read.add(messages, "messages");
        return row(read.canonical(), tools);
    }

    /// Reads TRL's form, where only the turns of the completion are trained on.
    static CanonicalRow of(JsonNode prompt, JsonNode completion, JsonNode tools) throws RowFault {
        Messages read = new Messages();
        read.add(prompt, "prompt");
        read.withoutWeight();
        read.add(completion, "completion");
        return row(read.canonical(), tools);
    }

    private static CanonicalRow row(ArrayNode messages, JsonNode tools) throws RowFault {
        int last = messages.size() - 1;
        if (last < 0) {
            throw new RowFault("the row has no messages");
        }
        if (!isRole(messages.get(last), "assistant")) {
            throw new RowFault("the row has no answer: its last message is not an assistant's");
        }
        boolean asked = false;
        boolean trained = false;
        for (JsonNode message : messages) {
            asked |= isRole(message, "user");
            trained |= isRole(message, "assistant") && !message.has("weight");
        }
        if (!asked) {
            throw new RowFault("the row has an empty prompt: no message is a user's");
        }
        if (!trained) {
            throw new RowFault("the row has no answer to train on: every assistant's weight is 0");
        }
        ObjectNode canonical = StrictJson.object();
        canonical.set("messages", messages);
        if (tools != null) {
            canonical.set("tools", Tools.canonical(tools));
        }
        return new CanonicalRow(
                RowFormat.CHAT,
                StrictJson.write(canonical),
                StrictJson.write(input(canonical)),
                contents(canonical),
                Optional.ofNullable(messages.get(last).get("content"))
                        .map(JsonNode::textValue)
                        .filter(text -> !text.isBlank()));
    }

    private static Set<RowContent> contents(ObjectNode row) {
        Set<RowContent> contents = EnumSet.noneOf(RowContent.class);
        if (row.has("tools")) {
            contents.add(RowContent.TOOLS);
        }
        for (JsonNode message : row.get("messages")) {
            if (message.has("tool_calls")) {
                contents.add(RowContent.TOOL_CALLS);
            }
            if (message.has("reasoning_content")) {
                contents.add(RowContent.REASONING);
            }
            switch (Role.of(message.get("role").textValue()).orElseThrow()) {
                case SYSTEM, DEVELOPER -> contents.add(RowContent.SYSTEM_TURN);
                case TOOL -> contents.add(RowContent.TOOL_RESULTS);
                case USER, ASSISTANT -> {}
            }
        }
        return contents;
    }

    /// Returns the row up to its last assistant turn, without weights, which are not part of the input.
    private static ObjectNode input(ObjectNode row) {
        ObjectNode input = StrictJson.object();
        ArrayNode messages = input.putArray("messages");
        for (int i = 0; i < row.get("messages").size() - 1; i++) {
            ObjectNode message = row.get("messages").get(i).deepCopy();
            message.remove("weight");
            messages.add(message);
        }
        if (row.has("tools")) {
            input.set("tools", row.get("tools"));
        }
        return input;
    }

    static boolean isRole(JsonNode message, String role) {
        return message.get("role").textValue().equals(role);
    }
}
