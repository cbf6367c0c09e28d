package dev.finetide.sft.text;

import dev.finetide.modelfiles.template.Message;
import java.util.List;
import java.util.Map;

/// A conversation. One without an assistant's turn is found when the row is examined.
///
/// @param tools functions that the model may call, as JSON schemas; empty for none
public record ChatRow(List<Message> messages, List<Map<String, Object>> tools) implements TextRow {
    public ChatRow {
        messages = List.copyOf(messages);
        tools = List.copyOf(tools);
    }

    @Override
    public boolean hasAnswer() {
        return messages.stream().anyMatch(Message::isAssistant);
    }

    /// Returns the place of the last assistant turn, which an evaluation asks for.
    ///
    /// @throws RowRefused when there is none
    public int lastAssistant() {
        int last = messages.size() - 1;
        while (last >= 0 && !messages.get(last).isAssistant()) {
            last--;
        }
        if (last < 0) {
            throw new RowRefused(
                    RowFinding.NOTHING_LEARNT,
                    "",
                    "messages: expected at least one with role assistant, found none in " + messages.size());
        }
        return last;
    }
}
