package dev.finetide.modelfiles.template;

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
///     objects, …; `content` with null for a turn that has none, as in OpenAI's form
public record Message(String role, String content, boolean trained, Map<String, Object> more) {
    public static final String CONTENT = "content";
    public static final String ASSISTANT = "assistant";
    public static final String TOOL_CALLS = "tool_calls";
    public static final String REASONING = "reasoning_content";
    private static final String THINKING = "thinking";

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

    public boolean isAssistant() {
        return role.equals(ASSISTANT);
    }

    public boolean callsTools() {
        return more.get(TOOL_CALLS) instanceof List<?> calls && !calls.isEmpty();
    }

    /// Whether an assistant says, thinks and calls nothing.
    public boolean isSilent() {
        return isAssistant()
                && content.isBlank()
                && !callsTools()
                && !(more.get(REASONING) instanceof String thoughts && !thoughts.isBlank());
    }

    /// Returns the same turn, not to be learnt.
    public Message untrained() {
        return new Message(role, content, false, more);
    }

    /// Returns the same turn with another text.
    public Message saying(String words) {
        Map<String, Object> others = new LinkedHashMap<>(more);
        others.remove(CONTENT);
        return new Message(role, words, trained, others);
    }

    /// Returns the message as a chat template sees it. As in transformers, a content that is null is absent, and
    /// thoughts have both names that templates read.
    public Map<String, Object> variables() {
        Map<String, Object> variables = new LinkedHashMap<>();
        variables.put("role", role);
        variables.put(CONTENT, content);
        variables.putAll(more);
        if (variables.get(CONTENT) == null) {
            variables.remove(CONTENT);
        }
        if (more.containsKey(REASONING)) {
            variables.putIfAbsent(THINKING, more.get(REASONING));
        }
        return variables;
    }
}
