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
public final class JsonRow {
    private JsonRow() {}

    /// Reads a row. The object may be changed.
    ///
    /// @param allowEmpty whether empty prompts, empty answers and user turns at the end are accepted
    public static CanonicalRow of(ObjectNode object, boolean allowEmpty) throws RowFault {
        ObjectNode row = form(object);
        if (row.has("messages")) {
            ChatRow chat = new ChatRow(allowEmpty);
            new Messages(chat).add(row.get("messages"), "messages");
            return withTools(chat, row);
        }
        return promptCompletion(row, allowEmpty);
    }

    static CanonicalRow of(JsonNode value) throws RowFault {
        if (!(value instanceof ObjectNode object)) {
            throw new RowFault("the row is not a JSON object");
        }
        return of(object, false);
    }

    private static ObjectNode form(ObjectNode object) throws RowFault {
        try {
            return RowForm.of(object);
        } catch (RowFormFault fault) {
            throw RowFault.of(fault.field(), fault.getMessage());
        }
    }

    private static CanonicalRow promptCompletion(ObjectNode row, boolean allowEmpty) throws RowFault {
        JsonNode prompt = given(row, "prompt", allowEmpty);
        JsonNode completion = given(row, "completion", allowEmpty);
        if (prompt.isArray() && completion.isArray()) {
            ChatRow chat = new ChatRow(allowEmpty);
            Messages messages = new Messages(chat);
            messages.add(prompt, "prompt");
            // As in TRL, only the completion is trained on.
            chat.withoutWeight();
            messages.add(completion, "completion");
            return withTools(chat, row);
        }
        if (!prompt.isTextual() || !completion.isTextual()) {
            throw RowFault.of(
                    prompt.isTextual() ? "completion" : "prompt",
                    "prompt and completion are not two strings, nor two lists of messages");
        }
        if (row.has("tools")) {
            throw RowFault.of("tools", "the row has tools, which only rows of messages can have");
        }
        return promptCompletion(prompt.textValue(), completion.textValue(), allowEmpty);
    }

    /// Returns a value. Null means an empty text where such is allowed.
    private static JsonNode given(ObjectNode row, String key, boolean allowEmpty) throws RowFault {
        return allowEmpty && row.path(key).isNull() ? StrictJson.object().textNode("") : Keys.required(row, key, "");
    }

    private static CanonicalRow withTools(ChatRow chat, ObjectNode row) throws RowFault {
        if (row.has("tools")) {
            chat.tools(Tools.canonical(row.get("tools"), "tools"));
        }
        return chat.row();
    }

    /// Makes a prompt and completion row.
    ///
    /// @throws RowFault for a blank prompt or completion, unless they are allowed
    public static CanonicalRow promptCompletion(String prompt, String completion, boolean allowEmpty) throws RowFault {
        if (prompt.isBlank() && !allowEmpty) {
            throw RowFault.at("prompt", "is empty");
        }
        if (completion.isBlank() && !allowEmpty) {
            throw RowFault.at("completion", "is empty: a row needs an answer");
        }
        byte[] json = new CanonicalJson()
                .ascii("{\"prompt\":")
                .string(prompt)
                .ascii(",\"completion\":")
                .string(completion)
                .ascii("}")
                .bytes();
        boolean spaced = !prompt.isEmpty() && Character.isWhitespace(prompt.charAt(prompt.length() - 1));
        return new CanonicalRow(
                RowFormat.PROMPT_COMPLETION,
                json,
                prompt.getBytes(StandardCharsets.UTF_8),
                spaced ? Set.of(RowContent.SPACED_PROMPT) : Set.of(),
                Optional.of(completion).filter(text -> !text.isBlank()));
    }

    /// Makes a row that is learnt as a whole.
    ///
    /// @throws RowFault for a blank text
    public static CanonicalRow text(String text) throws RowFault {
        if (text.isBlank()) {
            throw RowFault.at("text", "is empty");
        }
        return new CanonicalRow(
                RowFormat.TEXT,
                new CanonicalJson().ascii("{\"text\":").string(text).ascii("}").bytes(),
                new byte[0],
                Set.of(),
                Optional.empty());
    }
}
