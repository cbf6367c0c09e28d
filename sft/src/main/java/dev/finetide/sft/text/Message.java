package dev.finetide.sft.text;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One turn of a conversation.
///
/// @param role speaker: system, developer, user, assistant or tool
/// @param content text of the turn; empty for an assistant turn that only calls tools
/// @param trained whether the model is to learn this turn: true for assistant turns whose weight is not 0
/// @param more    every other field, as the chat template shall see it: `name`, `tool_calls` with arguments as
///     objects, …
public record Message(String role, String content, boolean trained, Map<String, Object> more) {
    static final String ASSISTANT = "assistant";
    static final String TOOL_CALLS = "tool_calls";

    public Message {
        more = Collections.unmodifiableMap(new LinkedHashMap<>(more));
    }

    public static Message system(String content) {
        return new Message("system", content, false, Map.of());
    }

    public static Message user(String content) {
        return new Message("user", content, false, Map.of());
    }

    public static Message assistant(String content) {
        return new Message(ASSISTANT, content, true, Map.of());
    }

    boolean isAssistant() {
        return role.equals(ASSISTANT);
    }

    boolean callsTools() {
        return more.get(TOOL_CALLS) instanceof List<?> calls && !calls.isEmpty();
    }

    /// Returns the same turn, not to be learnt.
    Message untrained() {
        return new Message(role, content, false, more);
    }

    /// Returns the same turn with another text.
    Message saying(String words) {
        return new Message(role, words, trained, more);
    }

    /// Returns the message as a chat template sees it.
    Map<String, Object> variables() {
        Map<String, Object> variables = new LinkedHashMap<>();
        variables.put("role", role);
        variables.put("content", content);
        variables.putAll(more);
        return variables;
    }
}
