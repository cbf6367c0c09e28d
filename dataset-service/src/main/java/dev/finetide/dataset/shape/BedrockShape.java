package dev.finetide.dataset.shape;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import java.util.Optional;
import java.util.Set;

/// Conversations of Amazon Bedrock: `{"schemaVersion": "bedrock-conversation-2024", "system": [{"text"}], "messages":
/// [{"role", "content": [{"text"}, {"toolUse"}, {"toolResult"}]}], "toolConfig"}`.
final class BedrockShape implements RowShape {
    private static final String VERSION = "bedrock-conversation-2024";
    private static final String SCHEMA_VERSION = "schemaVersion";
    private static final String MESSAGES = "messages";
    private static final String CONTENT = "content";
    private static final String TEXT = "text";
    private static final Set<String> KEYS = Set.of(SCHEMA_VERSION, "system", MESSAGES, "toolConfig");
    private static final Set<String> BLOCK_KEYS = Set.of(TEXT, "toolUse", "toolResult", "reasoningContent");

    @Override
    public String name() {
        return "bedrock";
    }

    @Override
    public Set<String> keys() {
        return KEYS;
    }

    @Override
    public List<String> columns(RowFormat format) {
        return List.of(SCHEMA_VERSION, "system", MESSAGES, "toolConfig");
    }

    @Override
    public boolean isIn(ObjectNode row) {
        JsonNode block = row.path(MESSAGES).path(0).path(CONTENT).path(0);
        return row.path(SCHEMA_VERSION).asText().startsWith("bedrock-conversation")
                || block.path(TEXT).isTextual() && !block.has("type");
    }

    @Override
    public CanonicalRow read(ObjectNode row, boolean allowEmpty) throws RowFault {
        ShapeKeys.checkKnown(row, KEYS, "");
        if (ShapeKeys.has(row, SCHEMA_VERSION)
                && !row.get(SCHEMA_VERSION).asText().equals(VERSION)) {
            throw RowFault.at(SCHEMA_VERSION, "is not " + VERSION);
        }
        ChatRow chat = new ChatRow(allowEmpty);
        if (ShapeKeys.has(row, "system")) {
            chat.system(texts(ShapeKeys.list(row, "system", ""), "system"));
        }
        ArrayNode messages = ShapeKeys.list(row, MESSAGES, "");
        for (int i = 0; i < messages.size(); i++) {
            String place = MESSAGES + "[" + i + "]";
            message(Keys.object(messages.get(i), place), place, chat);
        }
        tools(row, chat);
        return chat.row();
    }

    private static void message(ObjectNode message, String path, ChatRow chat) throws RowFault {
        ShapeKeys.checkKnown(message, Set.of("role", CONTENT), path);
        String role = Keys.string(message, "role", path);
        ArrayNode blocks = ShapeKeys.list(message, CONTENT, path);
        switch (role) {
            case "user" -> user(blocks, path + "." + CONTENT, chat);
            case "assistant" -> assistant(blocks, path + "." + CONTENT, chat);
            default -> throw RowFault.at(path + ".role", "is not user or assistant");
        }
    }

    private static void user(ArrayNode blocks, String path, ChatRow chat) throws RowFault {
        StringBuilder text = new StringBuilder();
        boolean texts = false;
        boolean results = false;
        for (int i = 0; i < blocks.size(); i++) {
            String place = path + "[" + i + "]";
            ObjectNode block = block(blocks.get(i), place);
            if (ShapeKeys.has(block, "toolResult")) {
                result(Keys.object(block.get("toolResult"), place + ".toolResult"), place + ".toolResult", chat);
                results = true;
            } else {
                texts = true;
                text.append(ShapeKeys.textOr(block, TEXT, place));
            }
        }
        if (texts || !results) {
            chat.asked(Role.USER, text.toString(), path);
        }
    }

    private static void assistant(ArrayNode blocks, String path, ChatRow chat) throws RowFault {
        StringBuilder text = new StringBuilder();
        StringBuilder reasoning = new StringBuilder();
        ArrayNode calls = StrictJson.array();
        boolean texts = false;
        for (int i = 0; i < blocks.size(); i++) {
            String place = path + "[" + i + "]";
            ObjectNode block = block(blocks.get(i), place);
            if (ShapeKeys.has(block, "toolUse")) {
                calls.add(call(Keys.object(block.get("toolUse"), place + ".toolUse"), place + ".toolUse", chat));
            } else if (ShapeKeys.has(block, "reasoningContent")) {
                reasoning.append(block.path("reasoningContent")
                        .path("reasoningText")
                        .path(TEXT)
                        .asText(""));
            } else {
                texts = true;
                text.append(ShapeKeys.textOr(block, TEXT, place));
            }
        }
        if (calls.isEmpty()) {
            chat.checkAnswer(text.toString(), path);
        }
        ObjectNode turn = chat.assistant();
        if (texts || calls.isEmpty()) {
            turn.put(CONTENT, text.toString());
        }
        if (!reasoning.isEmpty()) {
            turn.put("reasoning_content", reasoning.toString());
        }
        if (!calls.isEmpty()) {
            turn.set("tool_calls", calls);
        }
    }

    private static ObjectNode block(JsonNode given, String place) throws RowFault {
        ObjectNode block = Keys.object(given, place);
        if (ShapeKeys.has(block, "image") || ShapeKeys.has(block, "video") || ShapeKeys.has(block, "document")) {
            throw RowFault.at(place, "is not a text, toolUse or toolResult: only text can be trained on");
        }
        ShapeKeys.checkKnown(block, BLOCK_KEYS, place);
        return block;
    }

    private static ObjectNode call(ObjectNode use, String path, ChatRow chat) throws RowFault {
        ShapeKeys.checkKnown(use, Set.of("toolUseId", "name", "input"), path);
        Optional<String> id =
                ShapeKeys.has(use, "toolUseId") ? Optional.of(Keys.text(use, "toolUseId", path)) : Optional.empty();
        id.ifPresent(chat::called);
        JsonNode arguments = RowForm.arguments(use.path("input"));
        return Chat.call(id, Keys.text(use, "name", path), Tools.arguments(arguments, path + ".input"));
    }

    private static void result(ObjectNode result, String path, ChatRow chat) throws RowFault {
        ShapeKeys.checkKnown(result, Set.of("toolUseId", CONTENT, "status"), path);
        StringBuilder text = new StringBuilder();
        JsonNode blocks = result.path(CONTENT);
        for (int i = 0; i < blocks.size(); i++) {
            String place = path + "." + CONTENT + "[" + i + "]";
            ObjectNode block = Keys.object(blocks.get(i), place);
            ShapeKeys.checkKnown(block, Set.of(TEXT, "json"), place);
            text.append(
                    ShapeKeys.has(block, "json")
                            ? CanonicalJson.text(block.get("json"))
                            : ShapeKeys.textOr(block, TEXT, place));
        }
        ObjectNode turn = chat.result(text.toString());
        if (ShapeKeys.has(result, "toolUseId")) {
            chat.answers(turn, Keys.text(result, "toolUseId", path), path + ".toolUseId");
        }
    }

    private static String texts(ArrayNode blocks, String path) throws RowFault {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < blocks.size(); i++) {
            String place = path + "[" + i + "]";
            ObjectNode block = Keys.object(blocks.get(i), place);
            ShapeKeys.checkKnown(block, Set.of(TEXT), place);
            text.append(ShapeKeys.textOr(block, TEXT, place));
        }
        return text.toString();
    }

    private static void tools(ObjectNode row, ChatRow chat) throws RowFault {
        if (!ShapeKeys.has(row, "toolConfig")) {
            return;
        }
        ObjectNode config = Keys.object(row.get("toolConfig"), "toolConfig");
        ArrayNode given = ShapeKeys.list(config, "tools", "toolConfig");
        ArrayNode tools = StrictJson.array();
        for (int i = 0; i < given.size(); i++) {
            String path = "toolConfig.tools[" + i + "]";
            ObjectNode spec =
                    Keys.object(Keys.required(Keys.object(given.get(i), path), "toolSpec", path), path + ".toolSpec");
            ShapeKeys.checkKnown(spec, Set.of("name", "description", "inputSchema"), path + ".toolSpec");
            ObjectNode function = StrictJson.object();
            spec.properties().forEach(member -> {
                if (member.getKey().equals("inputSchema")) {
                    function.set("parameters", member.getValue().path("json"));
                } else {
                    function.set(member.getKey(), member.getValue());
                }
            });
            tools.add(Chat.tool(function));
        }
        chat.tools(Tools.canonical(tools, "toolConfig.tools"));
    }

    @Override
    public ObjectNode write(ObjectNode canonical) throws RowFault {
        Chat chat = Chat.of(canonical, name());
        ObjectNode row = StrictJson.object().put(SCHEMA_VERSION, VERSION);
        ArrayNode messages = StrictJson.array();
        for (int i = 0; i < chat.messages().size(); i++) {
            write(chat, i, row, messages);
        }
        row.set(MESSAGES, messages);
        if (chat.tools().isPresent()) {
            ArrayNode tools = row.putObject("toolConfig").putArray("tools");
            for (int i = 0; i < chat.tools().get().size(); i++) {
                writeTool(chat, i, tools.addObject().putObject("toolSpec"));
            }
        }
        return row;
    }

    private static void writeTool(Chat chat, int index, ObjectNode spec) throws RowFault {
        JsonNode function = chat.tools().orElseThrow().get(index).get("function");
        for (String key : Set.of("strict", "return")) {
            if (function.has(key)) {
                throw chat.cannotHold("tools[" + index + "].function." + key);
            }
        }
        function.properties().forEach(member -> {
            if (member.getKey().equals("parameters")) {
                spec.putObject("inputSchema").set("json", member.getValue());
            } else {
                spec.set(member.getKey(), member.getValue());
            }
        });
    }

    private static void write(Chat chat, int index, ObjectNode row, ArrayNode messages) throws RowFault {
        ObjectNode message = chat.messages().get(index);
        String path = MESSAGES + "[" + index + "]";
        chat.refuse(index, "weight", "name");
        switch (Role.of(Chat.role(message)).orElseThrow()) {
            case SYSTEM -> {
                if (index > 0) {
                    throw chat.cannotHold(path + ".role");
                }
                row.putArray("system").addObject().put(TEXT, Chat.content(message));
            }
            case DEVELOPER -> throw chat.cannotHold(path + ".role");
            case USER ->
                messages.addObject()
                        .put("role", "user")
                        .putArray(CONTENT)
                        .addObject()
                        .put(TEXT, Chat.content(message));
            case ASSISTANT ->
                writeAssistant(
                        message,
                        path,
                        messages.addObject().put("role", "assistant").putArray(CONTENT));
            case TOOL -> {
                ObjectNode result = messages.addObject()
                        .put("role", "user")
                        .putArray(CONTENT)
                        .addObject()
                        .putObject("toolResult");
                if (message.has("tool_call_id")) {
                    result.set("toolUseId", message.get("tool_call_id"));
                }
                result.putArray(CONTENT).addObject().put(TEXT, Chat.content(message));
            }
        }
    }

    private static void writeAssistant(ObjectNode message, String path, ArrayNode blocks) throws RowFault {
        if (message.has("reasoning_content")) {
            blocks.addObject()
                    .putObject("reasoningContent")
                    .putObject("reasoningText")
                    .set(TEXT, message.get("reasoning_content"));
        }
        if (message.has(CONTENT)) {
            blocks.addObject().put(TEXT, Chat.content(message));
        }
        JsonNode calls = message.path("tool_calls");
        for (int i = 0; i < calls.size(); i++) {
            String place = path + ".tool_calls[" + i + "].function.arguments";
            if (calls.get(i).get("function").get("arguments").isTextual()) {
                throw RowFault.at(place, "has null as a value, which has no place in the shape bedrock");
            }
            ObjectNode use = blocks.addObject().putObject("toolUse");
            if (calls.get(i).has("id")) {
                use.set("toolUseId", calls.get(i).get("id"));
            }
            use.set("name", calls.get(i).get("function").get("name"));
            use.set("input", Chat.arguments(calls.get(i), place));
        }
    }
}
