package dev.finetide.sft.text;

import dev.finetide.modelfiles.template.Message;
import java.util.List;
import java.util.Map;

/// A conversation with at least one assistant turn that is to be learnt.
///
/// @param tools functions that the model may call, as JSON schemas; empty for none
public record ChatRow(List<Message> messages, List<Map<String, Object>> tools) implements TextRow {
    public ChatRow {
        messages = List.copyOf(messages);
        tools = List.copyOf(tools);
        if (messages.stream().noneMatch(Message::isAssistant)) {
            throw new RowRefused(
                    "messages: expected at least one with role assistant, found none in " + messages.size());
        }
    }

    /// Returns the place of the last assistant turn, which an evaluation asks for.
    public int lastAssistant() {
        int last = messages.size() - 1;
        while (!messages.get(last).isAssistant()) {
            last--;
        }
        return last;
    }
}
