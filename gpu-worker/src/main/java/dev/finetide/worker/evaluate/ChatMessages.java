package dev.finetide.worker.evaluate;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.modelfiles.template.Message;
import dev.finetide.sft.text.ChatRow;
import dev.finetide.sft.text.PromptCompletionRow;
import dev.finetide.sft.text.TextOnlyRow;
import dev.finetide.sft.text.TextRow;
import dev.finetide.worker.evaluate.endpoint.ChatQuestion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Writes the conversation before a row's last answer in the form of OpenAI's chat completions.
final class ChatMessages {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String FUNCTION = "function";
    private static final String ARGUMENTS = "arguments";

    private ChatMessages() {}

    static ChatQuestion question(TextRow row, int maxTokens) {
        return switch (row) {
            case PromptCompletionRow completion ->
                new ChatQuestion(List.of(message(Message.user(completion.prompt()), 0)), List.of(), maxTokens);
            case TextOnlyRow _ -> throw new IllegalArgumentException("a row that is all text has no question");
            case ChatRow chat -> {
                List<Map<String, Object>> messages = new ArrayList<>();
                for (Message message : chat.messages().subList(0, chat.lastAssistant())) {
                    messages.add(message(message, messages.size()));
                }
                yield new ChatQuestion(messages, chat.tools(), maxTokens);
            }
        };
    }

    private static Map<String, Object> message(Message message, int index) {
        Map<String, Object> written = new LinkedHashMap<>();
        written.put("role", message.role());
        written.put(Message.CONTENT, message.more().getOrDefault(Message.CONTENT, message.content()));
        for (String field : List.of("name", "tool_call_id")) {
            if (message.more().containsKey(field)) {
                written.put(field, message.more().get(field));
            }
        }
        if (message.callsTools() && message.more().get(Message.TOOL_CALLS) instanceof List<?> calls) {
            List<Object> all = new ArrayList<>();
            for (Object call : calls) {
                all.add(call((Map<?, ?>) call, "call_" + index + "_" + all.size()));
            }
            written.put(Message.TOOL_CALLS, all);
        }
        return written;
    }

    /// Writes a call with its arguments as a string, and with an id and a type where the row has none.
    private static Map<String, Object> call(Map<?, ?> call, String id) {
        Map<String, Object> written = new LinkedHashMap<>();
        written.put("id", call.get("id") instanceof String own ? own : id);
        written.put("type", FUNCTION);
        Map<String, Object> function = new LinkedHashMap<>();
        ((Map<?, ?>) call.get(FUNCTION)).forEach((key, value) -> function.put(String.valueOf(key), value));
        if (!(function.get(ARGUMENTS) instanceof String)) {
            function.put(ARGUMENTS, json(function.get(ARGUMENTS)));
        }
        written.put(FUNCTION, function);
        return written;
    }

    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value == null ? Map.of() : value);
        } catch (JacksonException e) {
            throw new IllegalStateException("arguments that were read are writable", e);
        }
    }
}
