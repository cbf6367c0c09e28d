package dev.finetide.dataset.shape;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.finetide.dataset.row.CanonicalJson;
import dev.finetide.dataset.row.CanonicalRow;
import dev.finetide.dataset.row.ChatRow;
import dev.finetide.dataset.row.Keys;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.dataset.row.StrictJson;
import dev.finetide.dataset.row.Tools;
import dev.finetide.modelfiles.row.Role;
import dev.finetide.modelfiles.row.RowForm;
import dev.finetide.proto.dataset.v1.RowFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Rows of Gemini and Vertex AI: `{"systemInstruction": {"parts"}, "contents": [{"role", "parts"}], "tools"}`, with
/// keys in camelCase or snake_case. Parts are texts, calls and results. Names of types in schemas become lower-case.
final class GeminiShape implements RowShape {
    private static final String CONTENTS = "contents";
    private static final String PARTS = "parts";
    private static final String TEXT = "text";
    private static final String RESULT = "result";
    private static final Set<String> KEYS =
            Set.of(CONTENTS, "systemInstruction", "system_instruction", "tools", "toolConfig", "tool_config");
    private static final Set<String> CONTENT_KEYS = Set.of("role", PARTS);
    private static final Set<String> PART_KEYS =
            Set.of(TEXT, "thought", "functionCall", "function_call", "functionResponse", "function_response");
    private static final Set<String> DECLARATION_KEYS = Set.of("name", "description", "parameters");
    private static final Set<String> TYPES =
            Set.of("STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL");

    @Override
    public String name() {
        return "gemini";
    }

    @Override
    public Set<String> keys() {
        return KEYS;
    }

    @Override
    public List<String> columns(RowFormat format) {
        return List.of("systemInstruction", CONTENTS, "tools");
    }

    @Override
    public boolean isIn(ObjectNode row) {
        return row.has(CONTENTS);
    }

    @Override
    public CanonicalRow read(ObjectNode row, boolean allowEmpty) throws RowFault {
        ShapeKeys.checkKnown(row, KEYS, "");
        ChatRow chat = new ChatRow(allowEmpty);
        String system = ShapeKeys.spelling(row, "systemInstruction", "system_instruction");
        if (ShapeKeys.has(row, system)) {
            chat.system(systemText(row.get(system), system));
        }
        ArrayNode contents = ShapeKeys.list(row, CONTENTS, "");
        for (int i = 0; i < contents.size(); i++) {
            String place = CONTENTS + "[" + i + "]";
            content(Keys.object(contents.get(i), place), place, chat);
        }
        tools(row, chat);
        return chat.row();
    }

    private static String systemText(JsonNode system, String path) throws RowFault {
        if (system.isTextual()) {
            return system.textValue();
        }
        ObjectNode content = Keys.object(system, path);
        ShapeKeys.checkKnown(content, CONTENT_KEYS, path);
        if (!ShapeKeys.has(content, PARTS)) {
            return "";
        }
        JsonNode parts = content.get(PARTS) instanceof ObjectNode one
                ? StrictJson.array().add(one)
                : content.get(PARTS);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < parts.size(); i++) {
            String place = path + "." + PARTS + "[" + i + "]";
            ObjectNode part = Keys.object(parts.get(i), place);
            ShapeKeys.checkKnown(part, Set.of(TEXT), place);
            text.append(ShapeKeys.textOr(part, TEXT, place));
        }
        return text.toString();
    }

    /// Texts, thoughts, calls and results of one content.
    private static final class Parts {
        private final StringBuilder text = new StringBuilder();
        private final StringBuilder thought = new StringBuilder();
        private final ArrayNode calls = StrictJson.array();
        private boolean results;
        private boolean texts;
    }

    private static void content(ObjectNode content, String path, ChatRow chat) throws RowFault {
        ShapeKeys.checkKnown(content, CONTENT_KEYS, path);
        String role = content.path("role").asText("user");
        if (!Set.of("user", "model", "function", "tool").contains(role)) {
            throw RowFault.at(path + ".role", "is not user, model or function");
        }
        Parts read = new Parts();
        ArrayNode parts = ShapeKeys.list(content, PARTS, path);
        for (int i = 0; i < parts.size(); i++) {
            String place = path + "." + PARTS + "[" + i + "]";
            part(Keys.object(parts.get(i), place), place, read, chat);
        }
        String place = path + "." + PARTS;
        if (role.equals("model")) {
            model(read, place, chat);
        } else if (!read.calls.isEmpty()) {
            throw RowFault.at(path + ".role", "is not model, and the content has a function call");
        } else if (read.texts || !read.results) {
            chat.asked(Role.USER, read.text.toString(), place);
        }
    }

    private static void model(Parts read, String place, ChatRow chat) throws RowFault {
        if (read.results) {
            throw RowFault.at(place, "has a function's response in a content of the model");
        }
        if (read.calls.isEmpty()) {
            chat.checkAnswer(read.text.toString(), place);
        }
        ObjectNode turn = chat.assistant();
        if (read.texts || read.calls.isEmpty()) {
            turn.put("content", read.text.toString());
        }
        if (!read.thought.isEmpty()) {
            turn.put("reasoning_content", read.thought.toString());
        }
        if (!read.calls.isEmpty()) {
            turn.set("tool_calls", read.calls);
        }
    }

    private static void part(ObjectNode part, String path, Parts read, ChatRow chat) throws RowFault {
        if (ShapeKeys.has(part, "fileData") || ShapeKeys.has(part, "inlineData") || ShapeKeys.has(part, "file_data")) {
            throw RowFault.at(path, "is not a text, a function's call or response: only text can be trained on");
        }
        ShapeKeys.checkKnown(part, PART_KEYS, path);
        String call = ShapeKeys.spelling(part, "functionCall", "function_call");
        String response = ShapeKeys.spelling(part, "functionResponse", "function_response");
        if (ShapeKeys.has(part, call)) {
            read.calls.add(call(Keys.object(part.get(call), path + "." + call), path + "." + call, chat));
        } else if (ShapeKeys.has(part, response)) {
            read.results = true;
            response(Keys.object(part.get(response), path + "." + response), path + "." + response, chat);
        } else if (part.path("thought").asBoolean(false)) {
            read.thought.append(ShapeKeys.textOr(part, TEXT, path));
        } else {
            read.texts = true;
            read.text.append(ShapeKeys.textOr(part, TEXT, path));
        }
    }

    private static ObjectNode call(ObjectNode call, String path, ChatRow chat) throws RowFault {
        ShapeKeys.checkKnown(call, Set.of("id", "name", "args"), path);
        Optional<String> id = ShapeKeys.has(call, "id") ? Optional.of(Keys.text(call, "id", path)) : Optional.empty();
        id.ifPresent(chat::called);
        JsonNode arguments = RowForm.arguments(call.path("args"));
        return Chat.call(id, Keys.text(call, "name", path), Tools.arguments(arguments, path + ".args"));
    }

    private static void response(ObjectNode response, String path, ChatRow chat) throws RowFault {
        ShapeKeys.checkKnown(response, Set.of("id", "name", "response"), path);
        ObjectNode result = chat.result(responseText(response.path("response")));
        if (ShapeKeys.has(response, "name")) {
            result.put("name", Keys.text(response, "name", path));
        }
        if (ShapeKeys.has(response, "id")) {
            chat.answers(result, Keys.text(response, "id", path), path + ".id");
        }
    }

    /// Returns a response as text: the text under `result` if it is alone, else the JSON of the response.
    private static String responseText(JsonNode response) {
        if (RowForm.isAbsent(response)) {
            return "";
        }
        if (response.isTextual()) {
            return response.textValue();
        }
        return response.size() == 1 && response.path(RESULT).isTextual()
                ? response.get(RESULT).textValue()
                : CanonicalJson.text(response);
    }

    private static void tools(ObjectNode row, ChatRow chat) throws RowFault {
        if (!ShapeKeys.has(row, "tools")) {
            return;
        }
        ArrayNode tools = StrictJson.array();
        ArrayNode given = ShapeKeys.list(row, "tools", "");
        for (int i = 0; i < given.size(); i++) {
            String path = "tools[" + i + "]";
            ObjectNode tool = Keys.object(given.get(i), path);
            ShapeKeys.checkKnown(tool, Set.of("functionDeclarations", "function_declarations"), path);
            String key = ShapeKeys.spelling(tool, "functionDeclarations", "function_declarations");
            ArrayNode declarations = ShapeKeys.list(tool, key, path);
            for (int j = 0; j < declarations.size(); j++) {
                String place = path + "." + key + "[" + j + "]";
                ObjectNode declaration = Keys.object(declarations.get(j), place);
                ShapeKeys.checkKnown(declaration, DECLARATION_KEYS, place);
                if (declaration.get("parameters") instanceof ObjectNode schema) {
                    lowerTypes(schema);
                }
                tools.add(Chat.tool(declaration));
            }
        }
        chat.tools(Tools.canonical(tools, "tools"));
    }

    /// Writes the names of types as JSON schema has them.
    private static void lowerTypes(ObjectNode schema) {
        String type = schema.path("type").asText("");
        if (TYPES.contains(type)) {
            schema.set("type", TextNode.valueOf(type.toLowerCase(Locale.ROOT)));
        }
        if (schema.get("properties") instanceof ObjectNode properties) {
            for (Map.Entry<String, JsonNode> property : properties.properties()) {
                if (property.getValue() instanceof ObjectNode inner) {
                    lowerTypes(inner);
                }
            }
        }
        if (schema.get("items") instanceof ObjectNode items) {
            lowerTypes(items);
        }
        for (JsonNode alternative : schema.path("anyOf")) {
            if (alternative instanceof ObjectNode inner) {
                lowerTypes(inner);
            }
        }
    }

    @Override
    public ObjectNode write(ObjectNode canonical) throws RowFault {
        Chat chat = Chat.of(canonical, name());
        ObjectNode row = StrictJson.object();
        ArrayNode contents = StrictJson.array();
        for (int i = 0; i < chat.messages().size(); i++) {
            write(chat, i, row, contents);
        }
        row.set(CONTENTS, contents);
        if (chat.tools().isPresent()) {
            ArrayNode declarations = row.putArray("tools").addObject().putArray("functionDeclarations");
            for (int i = 0; i < chat.tools().get().size(); i++) {
                ObjectNode function = (ObjectNode) chat.tools().get().get(i).get("function");
                for (String key : Set.of("strict", "return")) {
                    if (function.has(key)) {
                        throw chat.cannotHold("tools[" + i + "].function." + key);
                    }
                }
                declarations.add(function);
            }
        }
        return row;
    }

    private static void write(Chat chat, int index, ObjectNode row, ArrayNode contents) throws RowFault {
        ObjectNode message = chat.messages().get(index);
        String path = "messages[" + index + "]";
        chat.refuse(index, "weight");
        switch (Role.of(Chat.role(message)).orElseThrow()) {
            case SYSTEM -> {
                chat.refuse(index, "name");
                if (index > 0) {
                    throw chat.cannotHold(path + ".role");
                }
                row.putObject("systemInstruction").putArray(PARTS).addObject().put(TEXT, Chat.content(message));
            }
            case DEVELOPER -> throw chat.cannotHold(path + ".role");
            case USER -> {
                chat.refuse(index, "name");
                ObjectNode content = contents.addObject().put("role", "user");
                content.putArray(PARTS).addObject().put(TEXT, Chat.content(message));
            }
            case ASSISTANT -> {
                chat.refuse(index, "name");
                writeModel(
                        message, path, contents.addObject().put("role", "model").putArray(PARTS));
            }
            case TOOL -> {
                ObjectNode response = contents.addObject()
                        .put("role", "user")
                        .putArray(PARTS)
                        .addObject()
                        .putObject("functionResponse");
                if (message.has("tool_call_id")) {
                    response.set("id", message.get("tool_call_id"));
                }
                if (message.has("name")) {
                    response.set("name", message.get("name"));
                }
                response.set("response", response(Chat.content(message)));
            }
        }
    }

    private static void writeModel(ObjectNode message, String path, ArrayNode parts) throws RowFault {
        if (message.has("reasoning_content")) {
            parts.addObject()
                    .put(TEXT, message.get("reasoning_content").textValue())
                    .put("thought", true);
        }
        if (message.has("content")) {
            parts.addObject().put(TEXT, Chat.content(message));
        }
        JsonNode calls = message.path("tool_calls");
        for (int i = 0; i < calls.size(); i++) {
            ObjectNode call = parts.addObject().putObject("functionCall");
            if (calls.get(i).has("id")) {
                call.set("id", calls.get(i).get("id"));
            }
            String place = path + ".tool_calls[" + i + "].function.arguments";
            if (calls.get(i).get("function").get("arguments").isTextual()) {
                throw RowFault.at(place, "has null as a value, which has no place in the shape gemini");
            }
            call.set("name", calls.get(i).get("function").get("name"));
            call.set("args", Chat.arguments(calls.get(i), place));
        }
    }

    /// Returns a response for a text: the object that the text is the JSON of, or the text under `result`.
    private static ObjectNode response(String content) {
        try {
            if (content.startsWith("{")
                    && StrictJson.parse(content, "") instanceof ObjectNode object
                    && !object.isEmpty()
                    && responseText(object).equals(content)) {
                return object;
            }
        } catch (RowFault notJson) {
            return StrictJson.object().put(RESULT, content);
        }
        return StrictJson.object().put(RESULT, content);
    }
}
