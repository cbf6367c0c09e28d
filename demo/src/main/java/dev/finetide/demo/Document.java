package dev.finetide.demo;

import dev.finetide.modelfiles.template.Message;
import dev.finetide.sft.text.ChatRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A document that the base reads during pretraining: a text, or a conversation.
sealed interface Document {
    record Plain(String text) implements Document {}

    record Chat(ChatRow row) implements Document {}

    /// A conversation: the system message (empty for none), then alternating messages of user and assistant.
    static Document chat(String system, List<String> turns) {
        List<Message> messages = new ArrayList<>();
        if (!system.isEmpty()) {
            messages.add(new Message("system", system, false, Map.of()));
        }
        for (int i = 0; i < turns.size(); i++) {
            messages.add(new Message(i % 2 == 0 ? "user" : "assistant", turns.get(i), i % 2 == 1, Map.of()));
        }
        return new Chat(new ChatRow(messages, List.of()));
    }

    /// A conversation like [#chat], whose first answer is not learned.
    static Document shown(List<String> turns) {
        List<Message> messages = new ArrayList<>(((Chat) chat("", turns)).row().messages());
        messages.set(1, messages.get(1).untrained());
        return new Chat(new ChatRow(messages, List.of()));
    }

    /// Returns the texts without the marks of a conversation.
    default List<String> texts() {
        return switch (this) {
            case Plain(String text) -> List.of(text);
            case Chat(ChatRow row) ->
                row.messages().stream().map(Message::content).toList();
        };
    }
}
