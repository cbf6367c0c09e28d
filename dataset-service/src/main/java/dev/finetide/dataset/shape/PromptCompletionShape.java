package dev.finetide.dataset.shape;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.dataset.row.CanonicalRow;
import dev.finetide.dataset.row.JsonRow;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.dataset.row.StrictJson;
import dev.finetide.proto.dataset.v1.RowFormat;
import java.util.List;
import java.util.Set;

/// A prompt with its completion, as two texts or as two lists of messages (TRL), of which only the completion is
/// learnt.
final class PromptCompletionShape implements RowShape {
    private static final String PROMPT = "prompt";
    private static final String COMPLETION = "completion";

    @Override
    public String name() {
        return "prompt-completion";
    }

    @Override
    public Set<String> keys() {
        return Set.of(PROMPT, COMPLETION, "tools", "messages");
    }

    @Override
    public List<String> columns(RowFormat format) {
        return format == RowFormat.CHAT ? List.of(PROMPT, COMPLETION, "tools") : List.of(PROMPT, COMPLETION);
    }

    @Override
    public boolean isIn(ObjectNode row) {
        return row.has(PROMPT) && row.has(COMPLETION)
                || ShapeKeys.has(row, PROMPT) && !ShapeKeys.has(row, "response")
                || ShapeKeys.has(row, COMPLETION);
    }

    @Override
    public CanonicalRow read(ObjectNode row, boolean allowEmpty) throws RowFault {
        if (isMessagesText(row.path(PROMPT)) && isMessagesText(row.path(COMPLETION))) {
            for (String key : List.of(PROMPT, COMPLETION)) {
                row.set(key, StrictJson.parse(row.get(key).textValue(), key));
            }
        }
        return JsonRow.of(row, allowEmpty);
    }

    /// Tells whether a value is a list of messages as JSON text, as it stands in a column of CSV.
    private static boolean isMessagesText(JsonNode value) {
        return value.isTextual() && value.textValue().startsWith("[{\"role\":");
    }

    @Override
    public ObjectNode write(ObjectNode canonical) throws RowFault {
        if (canonical.has(PROMPT)) {
            return canonical.deepCopy();
        }
        Chat chat = Chat.of(canonical.deepCopy(), name());
        ObjectNode row = StrictJson.object();
        ArrayNode prompt = row.putArray(PROMPT);
        ArrayNode completion = row.putArray(COMPLETION);
        ArrayNode part = prompt;
        for (int i = 0; i < chat.messages().size(); i++) {
            ObjectNode message = chat.messages().get(i);
            if (Chat.isRole(message, "assistant")) {
                JsonNode weight = message.remove("weight");
                if (weight == null) {
                    part = completion;
                } else if (part == completion) {
                    throw RowFault.at("messages[" + i + "].weight", "has no place in a completion, which is learnt");
                }
            }
            part.add(message);
        }
        if (prompt.isEmpty()) {
            throw RowFault.of("messages", "the row has nothing before its first answer, and a prompt needs a message");
        }
        chat.tools().ifPresent(tools -> row.set("tools", tools));
        return row;
    }
}
