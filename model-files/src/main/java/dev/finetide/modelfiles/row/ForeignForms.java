package dev.finetide.modelfiles.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Recognises forms of rows that are common elsewhere but not read here, and says what to write instead.
final class ForeignForms {
    private static final String NO_FORM = "the row has neither messages nor prompt and completion";

    /// Pairs of keys that stand for a prompt and a completion elsewhere.
    private static final List<List<String>> PAIRS = List.of(
            List.of("instruction", "output"),
            List.of("instruction", "response"),
            List.of("question", "answer"),
            List.of("question", "response"),
            List.of("query", "response"),
            List.of("query", "answer"),
            List.of("input", "output"),
            List.of("input_text", "output_text"),
            List.of("source", "target"));

    private static final String API_OPTION = "it is an option of an API, remove it";
    private static final Map<String, String> ROW_KEYS = Map.of(
            "functions",
            "the row has tools, too: write all as tools",
            "function_call",
            API_OPTION,
            "tool_choice",
            API_OPTION,
            "model",
            API_OPTION,
            "temperature",
            API_OPTION,
            "system",
            "write it as the first message, with role system");

    private static final String REASONING = "rename it to reasoning_content";
    private static final String ONLY_TEXT = "only text can be trained on";
    private static final Map<String, String> MESSAGE_KEYS = Map.ofEntries(
            Map.entry("function_call", "only an assistant's message without tool_calls can have it"),
            Map.entry("refusal", "only an assistant's message without content can have it"),
            Map.entry("annotations", "it is no part of the text, remove it"),
            Map.entry("reasoning", REASONING),
            Map.entry("thinking", REASONING),
            Map.entry("thought", REASONING),
            Map.entry("audio", ONLY_TEXT),
            Map.entry("image", ONLY_TEXT),
            Map.entry("images", ONLY_TEXT),
            Map.entry("video", ONLY_TEXT),
            Map.entry("from", "this is ShareGPT's form, rename it to role"),
            Map.entry("value", "this is ShareGPT's form, rename it to content"),
            Map.entry("parts", "this is Gemini's form, write their text as content"));

    private ForeignForms() {}

    static String adviceOnRowKey(String key) {
        return ROW_KEYS.getOrDefault(key, "");
    }

    /// Tells whether only the messages of a form that is not read have the key.
    static boolean isForeignMessage(String key) {
        return key.equals("from") || key.equals("value") || key.equals("parts");
    }

    static String adviceOnMessageKey(String key) {
        return MESSAGE_KEYS.getOrDefault(key, "");
    }

    static String adviceOnToolKey(String key) {
        return switch (key) {
            case "name", "description", "parameters" ->
                "write {\"type\": \"function\", \"function\": {\"name\": ..., \"parameters\": ...}}";
            case "input_schema" -> "this is Anthropic's form, write it as function.parameters";
            default -> "";
        };
    }

    static String adviceOnCallKey(String key) {
        return switch (key) {
            case "name", "arguments" ->
                "write {\"type\": \"function\", \"function\": {\"name\": ..., \"arguments\": ...}}";
            default -> "";
        };
    }

    /// Returns the reason why an object without messages, prompt and completion is no row.
    ///
    /// @param row   members that are present
    /// @param given the row as it was given
    static String reason(ObjectNode row, ObjectNode given) {
        if (row.has("conversations") || row.has("conversation")) {
            String key = row.has("conversations") ? "conversations" : "conversation";
            return firstKeys(row.get(key)).contains("from")
                    ? "the row is in ShareGPT's form: rename " + key
                            + " to messages, from to role (human to user, gpt to" + " assistant) and value to content"
                    : rename(key, "messages");
        }
        if (row.has("contents")) {
            return "the row is in Gemini's form: rename contents to messages (role model to assistant), and write the text of"
                    + " parts as content";
        }
        if (row.has("instruction") && row.has("output") && given.has("input")) {
            return "the row is in Alpaca's form: write instruction and input as prompt, and output as completion";
        }
        if (row.has("chosen")) {
            return "the row is a pair of answers to compare: write the chosen one as the completion, or as the last message";
        }
        Optional<String> messages = keyOfMessages(row);
        if (messages.isPresent()) {
            return rename(RowFormFault.quoted(messages.get()), "messages");
        }
        for (List<String> pair : PAIRS) {
            if (row.has(pair.getFirst()) && row.has(pair.getLast())) {
                String alpaca = pair.getFirst().equals("instruction") ? "the row is in Alpaca's form" : NO_FORM;
                return alpaca + ": rename " + pair.getFirst() + " to prompt and " + pair.getLast() + " to completion";
            }
        }
        return NO_FORM + (row.has("text") ? ": a text alone does not tell what is asked and what is to be learnt" : "");
    }

    private static String rename(String key, String name) {
        return NO_FORM + ": rename " + key + " to " + name;
    }

    private static Optional<String> keyOfMessages(ObjectNode row) {
        for (Map.Entry<String, JsonNode> member : row.properties()) {
            if (firstKeys(member.getValue()).containsAll(Set.of("role", "content"))) {
                return Optional.of(member.getKey());
            }
        }
        return Optional.empty();
    }

    /// Returns the keys of a list's first object.
    private static Set<String> firstKeys(JsonNode list) {
        return list.isArray() && list.path(0) instanceof ObjectNode first
                ? first.properties().stream().map(Map.Entry::getKey).collect(Collectors.toSet())
                : Set.of();
    }
}
