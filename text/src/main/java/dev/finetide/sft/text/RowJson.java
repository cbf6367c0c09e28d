package dev.finetide.sft.text;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.modelfiles.row.Role;
import dev.finetide.modelfiles.row.RowForm;
import dev.finetide.modelfiles.row.RowFormFault;
import dev.finetide.modelfiles.template.Message;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Reads rows from JSON, in the form of [RowForm], which dataset-service reads by, too.
final class RowJson {
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final TypeReference<LinkedHashMap<String, Object>> FIELDS = new TypeReference<>() {};
    /// The place in the upload, which a shard's row has. No part of the text.
    private static final String SOURCE = "source";
    /// The tags, which a shard's row may have. No part of the text.
    private static final String TAGS = "tags";

    private static final String TEXT = "text";

    private RowJson() {}

    static TextRow parse(String json) {
        return row(object(json));
    }

    static SourcedRow parseSourced(String json) {
        ObjectNode object = object(json);
        Optional<RowSource> source = source(object);
        Map<String, String> tags = tags(object.path(TAGS));
        return new SourcedRow(row(object), source, tags);
    }

    static Optional<RowSource> source(String json) {
        return source(object(json));
    }

    private static ObjectNode object(String json) {
        JsonNode row;
        try {
            row = JSON.readTree(json);
        } catch (JacksonException e) {
            // Jackson's own message quotes the row, so the error names only the place.
            throw new RowRefused("not one JSON object: broken at character "
                    + (e.getLocation() == null ? "?" : e.getLocation().getColumnNr()));
        }
        expect(row.isObject(), "row", "a JSON object", row);
        return (ObjectNode) row;
    }

    private static Optional<RowSource> source(JsonNode row) {
        JsonNode source = row.path(SOURCE);
        if (source.isMissingNode()) {
            return Optional.empty();
        }
        JsonNode file = source.path("file");
        long line = source.path("line").asLong(0);
        long record = source.path("record").asLong(0);
        boolean isPlace = file.isTextual()
                && !file.textValue().isEmpty()
                && Math.min(line, record) == 0
                && Math.max(line, record) > 0;
        expect(isPlace, SOURCE, "a file and a line or a record of 1 or more", source);
        return Optional.of(new RowSource(file.textValue(), line, record));
    }

    private static Map<String, String> tags(JsonNode tags) {
        Map<String, String> read = new LinkedHashMap<>();
        expect(tags.isMissingNode() || tags.isObject(), TAGS, "an object", tags);
        tags.properties().forEach(tag -> {
            expect(tag.getValue().isTextual(), TAGS, "an object of texts", tag.getValue());
            read.put(tag.getKey(), tag.getValue().textValue());
        });
        return read;
    }

    private static TextRow row(ObjectNode object) {
        object.remove(List.of(SOURCE, TAGS));
        if (object.has(TEXT) && object.size() == 1) {
            return new TextOnlyRow(text(object, TEXT));
        }
        ObjectNode row = form(object);
        if (row.has("messages")) {
            return new ChatRow(messages("messages", row.get("messages")), tools(row.path("tools")));
        }
        if (row.path("prompt").isArray()) {
            // TRL's form: only the completion's turns are learnt.
            List<Message> messages = new ArrayList<>();
            messages("prompt", row.get("prompt")).forEach(message -> messages.add(message.untrained()));
            messages.addAll(messages("completion", row.path("completion")));
            return new ChatRow(messages, tools(row.path("tools")));
        }
        expect(!row.has("tools"), "tools", "none in a row without messages", row.path("tools"));
        return new PromptCompletionRow(text(row, "prompt"), text(row, "completion"));
    }

    private static ObjectNode form(ObjectNode row) {
        try {
            return RowForm.of(row);
        } catch (RowFormFault fault) {
            throw new RowRefused(fault.getMessage());
        }
    }

    private static String text(JsonNode row, String name) {
        expect(row.path(name).isTextual(), name, "a string", row.path(name));
        return row.get(name).textValue();
    }

    private static List<Message> messages(String path, JsonNode array) {
        expect(array.isArray() && !array.isEmpty(), path, "a list that is not empty", array);
        List<Message> messages = new ArrayList<>(array.size());
        for (int i = 0; i < array.size(); i++) {
            if (!RowForm.isEmptyTurn(array.get(i))) {
                messages.add(message(path + "[" + i + "]", array.get(i)));
            }
        }
        return messages;
    }

    private static Message message(String path, JsonNode node) {
        expect(node.isObject(), path, "an object", node);
        String word = node.path("role").asText();
        Role role = Role.of(word)
                .orElseThrow(() -> new RowRefused(path + ".role: expected one of " + Role.NAMES + Role.advice(word)
                        + ", found " + (word.isEmpty() ? "nothing" : "another text")));
        JsonNode weight = node.path("weight");
        boolean isWeight =
                weight.isMissingNode() || weight.isNumber() && (weight.asDouble() == 0 || weight.asDouble() == 1);
        expect(isWeight, path + ".weight", "0 or 1", weight);
        Map<String, Object> more = JSON.convertValue(node, FIELDS);
        more.keySet().removeAll(Set.of("role", "content", "weight"));
        for (String key : List.of("name", "tool_call_id", "reasoning_content")) {
            expect(!node.has(key) || node.get(key).isTextual(), path + "." + key, "a string", node.path(key));
        }
        boolean callsTools = node.has(Message.TOOL_CALLS);
        if (callsTools) {
            more.put(Message.TOOL_CALLS, toolCalls(path + "." + Message.TOOL_CALLS, node.get(Message.TOOL_CALLS)));
        }
        if (callsTools && !node.hasNonNull("content")) {
            more.put(Message.CONTENT, null); // absent for a template, unlike an empty text
        }
        String content = content(path + ".content", node.path("content"), callsTools);
        return new Message(role.word(), content, role == Role.ASSISTANT && weight.asDouble(1) != 0, more);
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
            expect(isFunction(call), at, "a function with a name", function);
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
        if (array.isMissingNode()) {
            return tools;
        }
        expect(array.isArray(), "tools", "a list", array);
        for (Iterator<JsonNode> it = array.elements(); it.hasNext(); ) {
            JsonNode tool = it.next();
            expect(isFunction(tool), "tools[" + tools.size() + "]", "a function with a name", tool);
            tools.add(JSON.convertValue(tool, FIELDS));
        }
        return tools;
    }

    private static boolean isFunction(JsonNode holder) {
        return holder.path("type").asText("function").equals("function")
                && holder.path("function").path("name").isTextual();
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
