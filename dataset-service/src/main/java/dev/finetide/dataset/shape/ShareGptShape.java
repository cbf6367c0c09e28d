package dev.finetide.dataset.shape;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.dataset.row.CanonicalJson;
import dev.finetide.dataset.row.CanonicalRow;
import dev.finetide.dataset.row.ChatRow;
import dev.finetide.dataset.row.JsonRow;
import dev.finetide.dataset.row.Keys;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.dataset.row.StrictJson;
import dev.finetide.dataset.row.Tools;
import dev.finetide.modelfiles.row.Role;
import dev.finetide.modelfiles.row.RowForm;
import dev.finetide.proto.dataset.v1.RowFormat;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// ShareGPT's rows: `{"conversations": [{"from", "value"}], "system", "tools"}`. The turn `function_call` has calls as
/// JSON text, `observation` a result, and `tools` is JSON text, too, as in LLaMA-Factory. Turns with `role` and
/// `content` under the same key are read as OpenAI's.
final class ShareGptShape implements RowShape {
    private static final String TURNS = "conversations";
    private static final String FROM = "from";
    private static final String VALUE = "value";
    private static final String CALLS = "function_call";
    private static final String TOOLS = "tools";
    private static final Set<String> KEYS = Set.of(TURNS, "conversation", "system", TOOLS);
    private static final Set<String> TURN_KEYS =
            Set.of(FROM, VALUE, "weight", "name", "tool_call_id", "reasoning_content");
    private static final Set<String> CALL_KEYS = Set.of("name", "arguments", "id");

    private static final Map<String, Role> SPEAKERS = Map.ofEntries(
            Map.entry("human", Role.USER),
            Map.entry("user", Role.USER),
            Map.entry("gpt", Role.ASSISTANT),
            Map.entry("chatgpt", Role.ASSISTANT),
            Map.entry("assistant", Role.ASSISTANT),
            Map.entry("model", Role.ASSISTANT),
            Map.entry("bot", Role.ASSISTANT),
            Map.entry("system", Role.SYSTEM),
            Map.entry("developer", Role.DEVELOPER),
            Map.entry("observation", Role.TOOL),
            Map.entry("function_response", Role.TOOL),
            Map.entry("tool", Role.TOOL));

    @Override
    public String name() {
        return "sharegpt";
    }

    @Override
    public Set<String> keys() {
        return KEYS;
    }

    @Override
    public List<String> columns(RowFormat format) {
        return List.of(TURNS, TOOLS);
    }

    @Override
    public boolean isIn(ObjectNode row) {
        return row.has(TURNS) || row.has("conversation");
    }

    @Override
    public CanonicalRow read(ObjectNode row, boolean allowEmpty) throws RowFault {
        String key = ShapeKeys.has(row, "conversation") && !ShapeKeys.has(row, TURNS) ? "conversation" : TURNS;
        if (row.path(key).path(0).has("role")) {
            return openAi(row, key, allowEmpty);
        }
        ShapeKeys.checkKnown(row, KEYS, "");
        ChatRow chat = new ChatRow(allowEmpty);
        chat.system(ShapeKeys.textOr(row, "system", ""));
        ArrayNode turns = ShapeKeys.list(row, key, "");
        for (int i = 0; i < turns.size(); i++) {
            String place = key + "[" + i + "]";
            turn(Keys.object(turns.get(i), place), place, chat);
        }
        tools(row, chat);
        return chat.row();
    }

    private static CanonicalRow openAi(ObjectNode row, String key, boolean allowEmpty) throws RowFault {
        row.set("messages", row.remove(key));
        try {
            return JsonRow.of(row, allowEmpty);
        } catch (RowFault fault) {
            throw RowFault.of(
                    fault.field().replaceFirst("^messages\\b", key),
                    fault.getMessage().replaceFirst("^messages\\b", key));
        }
    }

    private static void turn(ObjectNode turn, String path, ChatRow chat) throws RowFault {
        ShapeKeys.checkKnown(turn, TURN_KEYS, path);
        String from = Keys.string(turn, FROM, path);
        String place = path + "." + VALUE;
        String value = ShapeKeys.textOr(turn, VALUE, path);
        if (from.equals(CALLS)) {
            calls(turn, value, path, chat);
            return;
        }
        Role role = SPEAKERS.get(from);
        if (role == null) {
            throw RowFault.at(
                    path + "." + FROM,
                    "is not human, gpt, system, function_call, observation or another name of these");
        }
        ObjectNode canonical = switch (role) {
            case USER -> chat.asked(role, value, place);
            case SYSTEM, DEVELOPER -> value.isBlank() ? null : chat.asked(role, value, place);
            case TOOL -> chat.result(value);
            case ASSISTANT -> {
                chat.checkAnswer(value, place);
                yield chat.assistant().put("content", value);
            }
        };
        if (canonical != null) {
            extras(turn, path, role, canonical, chat);
        }
    }

    /// Reads keys that ShareGPT does not have and our own export writes.
    private static void extras(ObjectNode turn, String path, Role role, ObjectNode canonical, ChatRow chat)
            throws RowFault {
        if (ShapeKeys.has(turn, "reasoning_content") && role == Role.ASSISTANT) {
            canonical.put("reasoning_content", Keys.string(turn, "reasoning_content", path));
        }
        if (ShapeKeys.has(turn, "name")) {
            canonical.put("name", Keys.text(turn, "name", path));
        }
        JsonNode weight = turn.path("weight");
        if (role == Role.ASSISTANT && weight.isNumber() && weight.doubleValue() == 0) {
            canonical.put("weight", 0);
        } else if (!weight.isMissingNode() && !weight.isNull() && (!weight.isNumber() || weight.doubleValue() != 1)) {
            throw RowFault.at(path + ".weight", "is not 0 or 1");
        }
        if (role == Role.TOOL && ShapeKeys.has(turn, "tool_call_id")) {
            chat.answers(canonical, Keys.text(turn, "tool_call_id", path), path + ".tool_call_id");
        }
    }

    private static void calls(ObjectNode turn, String value, String path, ChatRow chat) throws RowFault {
        String place = path + "." + VALUE;
        JsonNode parsed = StrictJson.parse(value, place);
        ArrayNode calls =
                parsed instanceof ArrayNode list ? list : StrictJson.array().add(parsed);
        if (calls.isEmpty()) {
            throw RowFault.at(place, "is a list without calls");
        }
        ObjectNode canonical = chat.assistant();
        extras(turn, path, Role.ASSISTANT, canonical, chat);
        ArrayNode canonicalCalls = canonical.putArray("tool_calls");
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < calls.size(); i++) {
            String inside = parsed.isArray() ? place + "[" + i + "]" : place;
            ObjectNode call = Keys.object(calls.get(i), inside);
            ShapeKeys.checkKnown(call, CALL_KEYS, inside);
            Optional<String> id =
                    ShapeKeys.has(call, "id") ? Optional.of(Keys.text(call, "id", inside)) : Optional.empty();
            if (id.isPresent() && !ids.add(id.get())) {
                throw RowFault.at(inside + ".id", "is the id of another call of this turn");
            }
            JsonNode arguments = call.path("arguments") instanceof ObjectNode object
                    ? Tools.exact(object)
                    : Tools.arguments(RowForm.arguments(call.path("arguments")), inside + ".arguments");
            canonicalCalls.add(Chat.call(id, Keys.text(call, "name", inside), arguments));
        }
        ids.forEach(chat::called);
    }

    private static void tools(ObjectNode row, ChatRow chat) throws RowFault {
        if (!ShapeKeys.has(row, TOOLS)) {
            return;
        }
        JsonNode given = row.get(TOOLS);
        ArrayNode tools = StrictJson.array();
        if (!(given instanceof ArrayNode list)) {
            throw RowFault.at(TOOLS, "is not a list, nor JSON text with one");
        }
        for (int i = 0; i < list.size(); i++) {
            ObjectNode tool = Keys.object(list.get(i), TOOLS + "[" + i + "]");
            tools.add(tool.has("function") ? RowForm.function(tool) : Chat.tool(tool));
        }
        chat.tools(Tools.canonical(tools, TOOLS));
    }

    @Override
    public ObjectNode write(ObjectNode canonical) throws RowFault {
        Chat chat = Chat.of(canonical, name());
        ObjectNode row = StrictJson.object();
        ArrayNode turns = row.putArray(TURNS);
        for (int i = 0; i < chat.messages().size(); i++) {
            ObjectNode message = chat.messages().get(i);
            ObjectNode turn = turns.addObject();
            if (message.has("tool_calls")) {
                if (message.has("content")) {
                    throw RowFault.at(
                            "messages[" + i + "].content", "has no place beside a call in the shape sharegpt");
                }
                turn.put(FROM, CALLS).put(VALUE, callsText(message.get("tool_calls")));
            } else {
                turn.put(FROM, speaker(Chat.role(message))).put(VALUE, Chat.content(message));
            }
            for (String key : List.of("reasoning_content", "name", "weight", "tool_call_id")) {
                if (message.has(key)) {
                    turn.set(key, message.get(key));
                }
            }
        }
        if (chat.tools().isPresent()) {
            row.put(TOOLS, CanonicalJson.text(functions(chat.tools().get())));
        }
        return row;
    }

    private static String speaker(String role) {
        return switch (role) {
            case "user" -> "human";
            case "assistant" -> "gpt";
            case "tool" -> "observation";
            default -> role;
        };
    }

    private static String callsText(JsonNode calls) {
        ArrayNode written = StrictJson.array();
        for (JsonNode call : calls) {
            ObjectNode one = written.addObject()
                    .put("name", call.get("function").get("name").textValue());
            one.set("arguments", call.get("function").get("arguments"));
            if (call.has("id")) {
                one.set("id", call.get("id"));
            }
        }
        return CanonicalJson.text(written.size() == 1 ? written.get(0) : written);
    }

    /// Returns plain functions if all tools are functions and nothing else, else the tools as they are.
    private static ArrayNode functions(ArrayNode tools) {
        ArrayNode functions = StrictJson.array();
        for (JsonNode tool : tools) {
            if (!CanonicalJson.text(tool).startsWith("{\"type\":\"function\",\"function\":") || tool.size() != 2) {
                return tools;
            }
            functions.add(tool.get("function"));
        }
        return functions;
    }
}
