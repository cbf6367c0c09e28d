package dev.finetide.worker.evaluate.endpoint;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// Writes requests and reads responses of chat completions. Problems never quote a text of a response,
/// because an endpoint may repeat the question or the key there.
final class ChatJson {
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final Pattern CODE = Pattern.compile("[a-z]+(_[a-z]+){0,6}");
    private static final int LONGEST_CODE = 60;
    private static final int MOST_TOKENS = 100_000_000;

    private ChatJson() {}

    static byte[] request(String model, ChatQuestion question) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("model", model);
        body.put("messages", question.messages());
        if (!question.tools().isEmpty()) {
            body.put("tools", question.tools());
        }
        body.put("temperature", 0);
        body.put("max_tokens", question.maxTokens());
        body.put("stream", false);
        return bytes(body);
    }

    private static byte[] bytes(Object value) {
        try {
            return JSON.writeValueAsBytes(value);
        } catch (JacksonException e) {
            throw new IllegalStateException("a request is always writable", e);
        }
    }

    /// Reads the answer out of a response with status 200.
    static ChatAnswer answer(byte[] body) {
        JsonNode response = tree(body);
        if (!response.isObject()) {
            return ChatAnswer.none("the response is no JSON object" + ResponseForm.of(body), 0);
        }
        int read = tokens(response.path("usage").path("prompt_tokens"));
        int written = tokens(response.path("usage").path("completion_tokens"));
        JsonNode choice = response.path("choices").path(0);
        JsonNode message = choice.path("message");
        if (!message.isObject()) {
            String problem = "the response has no choices with a message" + inBrackets(errorCode(response));
            return new ChatAnswer("", problem, false, read, written, 0);
        }
        String text = content(message.path("content")) + calls(message.path("tool_calls"));
        if (text.isEmpty() && message.path("refusal").isTextual()) {
            text = message.path("refusal").textValue();
        }
        boolean saysNothing = text.isEmpty() && !message.path("content").isTextual();
        boolean cut = choice.path("finish_reason").asText().equals("length");
        String silence = "the message has neither content nor calls"
                + inBrackets(code(choice.path("finish_reason").asText()));
        return new ChatAnswer(text, saysNothing ? silence : "", cut, read, written, 0);
    }

    /// Returns the text of a content: a string, or text parts.
    private static String content(JsonNode content) {
        if (content.isTextual()) {
            return content.textValue();
        }
        StringBuilder text = new StringBuilder();
        for (JsonNode part : content) {
            if (part.path("text").isTextual()) {
                text.append(part.path("text").textValue());
            }
        }
        return text.toString();
    }

    /// Writes calls of functions as models do that were trained on them (Hermes): a JSON object between
    /// tags for each.
    private static String calls(JsonNode calls) {
        StringBuilder text = new StringBuilder();
        for (JsonNode call : calls) {
            JsonNode function = call.path("function");
            if (function.path("name").isTextual()) {
                ObjectNode written = JSON.createObjectNode();
                written.set("name", function.get("name"));
                written.set("arguments", arguments(function.path("arguments")));
                text.append(text.isEmpty() ? "" : "\n")
                        .append("<tool_call>\n")
                        .append(written)
                        .append("\n</tool_call>");
            }
        }
        return text.toString();
    }

    /// Returns the arguments of a call, which come as a string that holds an object; the string itself
    /// if it holds none.
    private static JsonNode arguments(JsonNode arguments) {
        if (!arguments.isTextual()) {
            return arguments.isMissingNode() ? JSON.createObjectNode() : arguments;
        }
        try {
            return JSON.readTree(arguments.textValue());
        } catch (JacksonException noJson) {
            return arguments;
        }
    }

    /// Returns the code of an error response: "context_length_exceeded"; empty if it has none that is a
    /// plain code.
    static Optional<String> errorCode(byte[] body) {
        return errorCode(tree(body));
    }

    private static Optional<String> errorCode(JsonNode response) {
        JsonNode error = response.path("error");
        return code(error.path("code").asText())
                .or(() -> code(error.path("type").asText()));
    }

    /// Returns a text that is a plain code, which cannot be a part of a question, an answer or a key.
    private static Optional<String> code(String text) {
        return Optional.of(text)
                .filter(code ->
                        code.length() <= LONGEST_CODE && CODE.matcher(code).matches());
    }

    static String inBrackets(Optional<String> code) {
        return code.map(found -> " (" + found + ")").orElse("");
    }

    private static JsonNode tree(byte[] body) {
        try {
            JsonNode tree = JSON.readTree(body);
            return tree == null ? JSON.missingNode() : tree;
        } catch (IOException noJson) {
            return JSON.missingNode();
        }
    }

    private static int tokens(JsonNode count) {
        return count.isIntegralNumber() && count.canConvertToInt() && count.intValue() >= 0
                ? Math.min(count.intValue(), MOST_TOKENS)
                : -1;
    }
}
