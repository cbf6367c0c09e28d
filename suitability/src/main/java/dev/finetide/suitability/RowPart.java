package dev.finetide.suitability;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.modelfiles.template.Message;
import dev.finetide.sft.text.ChatRow;
import dev.finetide.sft.text.PromptCompletionRow;
import dev.finetide.sft.text.TextOnlyRow;
import dev.finetide.sft.text.TextRow;
import java.util.ArrayList;
import java.util.List;

/// A text of a row.
///
/// @param place name of the part: "prompt", "messages[1]"
public record RowPart(String place, String text) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /// Returns everything that a row says: prompt and completion, text, or turns with their thoughts and calls.
    public static List<RowPart> of(TextRow row) {
        return switch (row) {
            case PromptCompletionRow(String prompt, String completion) ->
                List.of(new RowPart("prompt", prompt), new RowPart("completion", completion));
            case TextOnlyRow(String text) -> List.of(new RowPart("text", text));
            case ChatRow chat -> {
                List<RowPart> parts = new ArrayList<>();
                for (int i = 0; i < chat.messages().size(); i++) {
                    add(chat.messages().get(i), "messages[" + i + "]", parts);
                }
                yield parts;
            }
        };
    }

    private static void add(Message message, String place, List<RowPart> parts) {
        if (!message.content().isEmpty()) {
            parts.add(new RowPart(place, message.content()));
        }
        if (message.more().get(Message.REASONING) instanceof String thoughts && !thoughts.isEmpty()) {
            parts.add(new RowPart(place, thoughts));
        }
        if (message.callsTools()) {
            parts.add(new RowPart(place, json(message.more().get(Message.TOOL_CALLS))));
        }
    }

    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a row's calls are no JSON", e);
        }
    }
}
