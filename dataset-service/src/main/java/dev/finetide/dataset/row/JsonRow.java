package dev.finetide.dataset.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.modelfiles.row.RowForm;
import dev.finetide.modelfiles.row.RowFormFault;
import dev.finetide.proto.dataset.v1.RowContent;
import dev.finetide.proto.dataset.v1.RowFormat;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;

/// Reads a row from a JSON object: `{"messages", "tools"}` (OpenAI chat), or `{"prompt", "completion"}` with strings
/// or with message lists (TRL). Message lists become chat. [RowForm] has the list of keys.
final class JsonRow {
    private JsonRow() {}

    static CanonicalRow of(JsonNode value) throws RowFault {
        if (!(value instanceof ObjectNode object)) {
            throw new RowFault("the row is not a JSON object");
        }
        ObjectNode row = form(object);
        return row.has("messages") ? Conversation.of(row.get("messages"), row.get("tools")) : promptCompletion(row);
    }

    private static ObjectNode form(ObjectNode object) throws RowFault {
        try {
            return RowForm.of(object);
        } catch (RowFormFault fault) {
            throw new RowFault(fault.getMessage());
        }
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
            throw new RowFault("the row has tools, which only rows of messages can have");
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
                Character.isWhitespace(prompt.charAt(prompt.length() - 1))
                        ? Set.of(RowContent.SPACED_PROMPT)
                        : Set.of(),
                Optional.of(completion));
    }
}
