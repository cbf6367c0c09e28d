package dev.finetide.sft.text;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.modelfiles.template.Message;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Reads rows from JSON.
final class RowJson {
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final TypeReference<LinkedHashMap<String, Object>> FIELDS = new TypeReference<>() {};
    private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant", "tool", "function");
    /// The fields of a chat row. `parallel_tool_calls` is accepted and ignored, because it tells an API how to
    /// sample and is no part of the text.
    private static final Set<String> CHAT_FIELDS = Set.of("messages", "tools", "parallel_tool_calls");

    private static final Set<String> COMPLETION_FIELDS = Set.of("prompt", "completion");
    /// The place in the upload, which a shard's row has. No part of the text.
    private static final String SOURCE = "source";

    private RowJson() {}

    static TextRow parse(String json) {
        return row(object(json));
    }

    static SourcedRow parseSourced(String json) {
        JsonNode object = object(json);
        return new SourcedRow(row(object), source(object));
    }

    static Optional<RowSource> source(String json) {
        return source(object(json));
    }

    private static JsonNode object(String json) {
        JsonNode row;
        try {
            row = JSON.readTree(json);
        } catch (JacksonException e) {
            // Jackson's own message quotes the row, so the error names only the place.
            throw new RowRefused("not one JSON object: broken at character "
                    + (e.getLocation() == null ? "?" : e.getLocation().getColumnNr()));
        }
        expect(row.isObject(), "row", "a JSON object", row);
        return row;
    }

    private static Optional<RowSource> source(JsonNode row) {
        JsonNode source = row.path(SOURCE);
        if (source.isMissingNode()) {
            return Optional.empty();
        }
        JsonNode file = source.path("file");
        JsonNode line = source.path("line");
        boolean isPlace =
                file.isTextual() && !file.textValue().isEmpty() && line.canConvertToLong() && line.longValue() > 0;
        expect(isPlace, SOURCE, "a file and a line of 1 or more", source);
        return Optional.of(new RowSource(file.textValue(), line.longValue()));
    }

    private static TextRow row(JsonNode row) {
        boolean isChat = row.has("messages");
        row.fieldNames().forEachRemaining(name -> {
            if (!(isChat ? CHAT_FIELDS : COMPLETION_FIELDS).contains(name) && !name.equals(SOURCE)) {
                throw new RowRefused(
                        "unknown field '" + name + "', a row has messages and tools, or prompt and completion");
            }
        });
        return isChat
                ? new ChatRow(messages(row.get("messages")), tools(row.path("tools")))
                : new PromptCompletionRow(text(row, "prompt"), text(row, "completion"));
    }

    private static String text(JsonNode row, String name) {
        expect(row.path(name).isTextual(), name, "a string", row.path(name));
        return row.get(name).textValue();
    }

    private static List<Message> messages(JsonNode array) {
        expect(array.isArray() && !array.isEmpty(), "messages", "a list that is not empty", array);
        List<Message> messages = new ArrayList<>(array.size());
        for (JsonNode message : array) {
            messages.add(message("messages[" + messages.size() + "]", message));
        }
        return messages;
    }

    private static Message message(String path, JsonNode node) {
        expect(node.isObject(), path, "an object", node);
        String role = node.path("role").asText();
        expect(
                ROLES.contains(role),
                path + ".role",
                "one of system, developer, user, assistant, tool, function",
                node.path("role"));
        boolean isAssistant = role.equals(Message.ASSISTANT);
        JsonNode weight = node.path("weight");
        boolean isWeight =
                weight.isMissingNode() || isAssistant && (weight.asDouble(-1) == 0 || weight.asDouble(-1) == 1);
        expect(isWeight, path + ".weight", "0 or 1, on assistant messages only", weight);
        Map<String, Object> more = JSON.convertValue(node, FIELDS);
        more.keySet().removeAll(Set.of("role", "content", "weight", Message.TOOL_CALLS));
        boolean callsTools = isAssistant && !node.path(Message.TOOL_CALLS).isEmpty();
        if (node.hasNonNull(Message.TOOL_CALLS)) {
            expect(
                    isAssistant,
                    path + "." + Message.TOOL_CALLS,
                    "none on a message that is not the assistant's",
                    node.get(Message.TOOL_CALLS));
            more.put(Message.TOOL_CALLS, toolCalls(path + "." + Message.TOOL_CALLS, node.get(Message.TOOL_CALLS)));
        }
        if (callsTools && !node.hasNonNull("content")) {
            more.put(Message.CONTENT, null);
        }
        String content = content(path + ".content", node.path("content"), callsTools);
        return new Message(role, content, isAssistant && weight.asDouble(1) != 0, more);
    }

    /// Reads a message's text: a string, or a list of text parts, which are joined. The text may be missing in a
    /// message that calls tools.
    private static String content(String path, JsonNode content, boolean mayBeAbsent) {
        if (content.isTextual()) {
            return content.textValue();
        }
        if (mayBeAbsent && (content.isMissingNode() || content.isNull())) {
            return "";
        }
        expect(content.isArray(), path, "a string or a list of text parts", content);
        StringBuilder text = new StringBuilder();
        for (JsonNode part : content) {
            boolean isText = part.path("type").asText().equals("text")
                    && part.path("text").isTextual();
            expect(isText, path, "text parts only", part);
            text.append(part.get("text").textValue());
        }
        return text.toString();
    }

    /// Reads a call's arguments, which come as an object or as a string that holds an object (OpenAI). Templates get
    /// the object.
    private static List<Map<String, Object>> toolCalls(String path, JsonNode array) {
        expect(array.isArray(), path, "a list", array);
        List<Map<String, Object>> calls = new ArrayList<>(array.size());
        for (JsonNode call : array) {
            String at = path + "[" + calls.size() + "].function";
            JsonNode function = call.path("function");
            expect(function.isObject() && function.path("name").isTextual(), at, "an object with a name", function);
            Map<String, Object> normal = JSON.convertValue(call, FIELDS);
            Map<String, Object> normalFunction = JSON.convertValue(function, FIELDS);
            normalFunction.put("arguments", arguments(at + ".arguments", function.path("arguments")));
            normal.put("function", normalFunction);
            calls.add(normal);
        }
        return calls;
    }

    private static Map<String, Object> arguments(String path, JsonNode arguments) {
        JsonNode object = arguments;
        if (arguments.isTextual()) {
            try {
                object = JSON.readTree(arguments.textValue());
            } catch (JacksonException e) {
                throw new RowRefused(path + ": expected a string that holds a JSON object, it holds no JSON");
            }
        }
        expect(object.isObject(), path, "an object, or a string that holds one", object);
        return JSON.convertValue(object, FIELDS);
    }

    private static List<Map<String, Object>> tools(JsonNode array) {
        List<Map<String, Object>> tools = new ArrayList<>();
        if (array.isMissingNode() || array.isNull()) {
            return tools;
        }
        expect(array.isArray(), "tools", "a list", array);
        for (Iterator<JsonNode> it = array.elements(); it.hasNext(); ) {
            JsonNode tool = it.next();
            expect(tool.isObject(), "tools[" + tools.size() + "]", "an object", tool);
            tools.add(JSON.convertValue(tool, FIELDS));
        }
        return tools;
    }

    private static void expect(boolean holds, String path, String expected, JsonNode found) {
        if (!holds) {
            String kind = found.isMissingNode()
                    ? "nothing"
                    : found.getNodeType().toString().toLowerCase(Locale.ROOT);
            throw new RowRefused(path + ": expected " + expected + ", found "
                    + (found.isContainerNode() && found.isEmpty() ? "an empty " : "") + kind);
        }
    }
}
