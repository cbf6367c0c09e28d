package dev.finetide.modelfiles.row;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// A speaker of a conversation, with the keys that its messages may have.
public enum Role {
    SYSTEM(Set.of()),
    /// The newer name of the system role. A template that does not know it renders such a turn as a system turn.
    DEVELOPER(Set.of()),
    USER(Set.of()),
    ASSISTANT(Set.of("weight", "tool_calls", "reasoning_content")),
    /// A message with the result of a call.
    TOOL(Set.of("tool_call_id"));

    /// All roles, for messages.
    public static final String NAMES = "system, developer, user, assistant or tool";

    private static final Map<String, Role> BY_WORD =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(Role::word, Function.identity()));

    private final Set<String> keys;
    private final String word = name().toLowerCase(Locale.ROOT);

    Role(Set<String> keys) {
        this.keys = keys;
    }

    /// Returns the word in a row.
    public String word() {
        return word;
    }

    /// Returns the role of a word.
    public static Optional<Role> of(String word) {
        return Optional.ofNullable(BY_WORD.get(word));
    }

    /// Returns what to do about a word that is no role, in brackets after a space; empty if the word is unknown.
    public static String advice(String word) {
        String lower = word.strip().toLowerCase(Locale.ROOT);
        String meant = switch (lower) {
            case "human", "prompter", "customer" -> USER.word();
            case "gpt", "model", "bot", "chatbot", "ai", "chatgpt", "agent" -> ASSISTANT.word();
            case "ipython", "observation", "tool_response", "function_response" -> TOOL.word();
            default -> of(lower).map(Role::word).orElse("");
        };
        return meant.isEmpty() ? "" : " (write " + meant + ")";
    }

    /// Tells whether messages of this role may have the key.
    boolean has(String key) {
        return key.equals("role") || key.equals("content") || key.equals("name") || keys.contains(key);
    }

    /// Says which role's messages may have a key that messages of this role may not have.
    String adviceOn(String key) {
        return Arrays.stream(values())
                .filter(role -> role.keys.contains(key))
                .findFirst()
                .map(role -> "only a message with role " + role.word() + " can have it")
                .orElseGet(() -> ForeignForms.adviceOnMessageKey(key));
    }
}
