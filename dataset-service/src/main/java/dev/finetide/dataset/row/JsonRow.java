package dev.finetide.dataset.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.proto.dataset.v1.RowFormat;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;

/// Reads a row from a JSON object: `{"messages", "tools"}` (OpenAI chat), or `{"prompt", "completion"}` with strings
/// or with message lists (TRL). Message lists become chat. Every other key is refused by name.
final class JsonRow {
    /// Keys of a chat row. `parallel_tool_calls`, an option of OpenAI's API, is accepted but not kept, because it
    /// says nothing about the conversation.
    private static final Set<String> CHAT_KEYS = Set.of("messages", "tools", "parallel_tool_calls");
    private static final Set<String> PROMPT_KEYS = Set.of("prompt", "completion", "tools");

    private JsonRow() {}

    static CanonicalRow of(JsonNode value) throws RowFault {
        if (!(value instanceof ObjectNode object)) {
            throw new RowFault("is not a JSON object");
        }
        if (object.has("messages")) {
            Keys.only(object, CHAT_KEYS, "");
            JsonNode parallel = object.get("parallel_tool_calls");
            if (parallel != null && !parallel.isBoolean()) {
                throw new RowFault("parallel_tool_calls is not true or false");
            }
            return Conversation.of(object.get("messages"), object.get("tools"));
        }
        if (object.has("prompt") || object.has("completion")) {
            Keys.only(object, PROMPT_KEYS, "");
            return promptCompletion(object);
        }
        throw new RowFault("has neither messages nor prompt and completion");
    }

    private static CanonicalRow promptCompletion(ObjectNode object) throws RowFault {
        JsonNode prompt = Keys.required(object, "prompt", "");
        JsonNode completion = Keys.required(object, "completion", "");
        if (prompt.isArray() && completion.isArray()) {
            return Conversation.of(prompt, completion, object.get("tools"));
        }
        if (!prompt.isTextual() || !completion.isTextual()) {
            throw new RowFault("prompt and completion are not two strings, nor two lists of messages");
        }
        if (object.has("tools")) {
            throw new RowFault("has tools, which only rows of messages can have");
        }
        return promptCompletion(prompt.textValue(), completion.textValue());
    }

    /// Makes a prompt and completion row.
    ///
    /// @throws RowFault for a blank prompt or completion
    static CanonicalRow promptCompletion(String prompt, String completion) throws RowFault {
        if (prompt.isBlank()) {
            throw new RowFault("prompt is empty");
        }
        if (completion.isBlank()) {
            throw new RowFault("completion is empty: a row needs an answer");
        }
        ObjectNode canonical = StrictJson.object().put("prompt", prompt).put("completion", completion);
        return new CanonicalRow(
                RowFormat.PROMPT_COMPLETION,
                StrictJson.write(canonical),
                prompt.getBytes(StandardCharsets.UTF_8),
                Optional.of(completion));
    }
}
