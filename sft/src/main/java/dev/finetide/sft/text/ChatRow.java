package dev.finetide.sft.text;

import java.util.List;
import java.util.Map;

/// A conversation with at least one assistant turn to learn.
///
/// @param tools the functions offered to the model as JSON schemas; empty for none
public record ChatRow(List<Message> messages, List<Map<String, Object>> tools) implements TextRow {
    public ChatRow {
        messages = List.copyOf(messages);
        tools = List.copyOf(tools);
        if (messages.stream().noneMatch(Message::isAssistant)) {
            throw new RowRefused(
                    "messages: expected at least one with role assistant, found none in " + messages.size());
        }
    }

    /// The place of the last assistant turn: the one that an evaluation asks for.
    public int lastAssistant() {
        int last = messages.size() - 1;
        while (!messages.get(last).isAssistant()) {
            last--;
        }
        return last;
    }
}
