package dev.finetide.modelfiles.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The one list of keys that a row may have: `{"messages", "tools"}`, or `{"prompt", "completion"}` of texts or of
/// message lists.
///
/// [#of] leaves out what counts as absent and refuses every other key by name, with what to do. A value of a wrong
/// type stays as it is, for the reader of the row to refuse. The order of keys stays, because templates print tools
/// and calls in it.
public final class RowForm {
    /// Keys of a chat row. `parallel_tool_calls`, an option of OpenAI's API, is accepted and left out, because it says
    /// nothing about the conversation.
    private static final Set<String> CHAT_KEYS = Set.of("messages", "tools", "parallel_tool_calls");
    /// OpenAI's older names of tools, of a call and of the role tool.
    private static final String FUNCTIONS = "functions";

    private static final String FUNCTION_CALL = "function_call";
    private static final String FUNCTION = "function";
    private static final String REFUSAL = "refusal";

    private static final Set<String> PROMPT_KEYS = Set.of("prompt", "completion", "tools");
    private static final Set<String> PART_KEYS = Set.of("type", "text");
    private static final Set<String> TOOL_KEYS = Set.of("type", "function");
    /// Keys of a function. `return` is what transformers' get_json_schema writes.
    private static final Set<String> FUNCTION_KEYS = Set.of("name", "description", "parameters", "return", "strict");

    private static final Set<String> CALL_KEYS = Set.of("id", "type", "function");
    private static final Set<String> CALLED_KEYS = Set.of("name", "arguments");

    private RowForm() {}

    /// Returns a row without what counts as absent. A chat row has `messages`, every other row `prompt` or
    /// `completion`.
    ///
    /// @throws RowFormFault for a key that is not known, and for a form of row that is not read
    public static ObjectNode of(ObjectNode row) throws RowFormFault {
        ObjectNode form = Absent.without(row);
        boolean prompted = form.has("prompt") || form.has("completion");
        if (form.has("messages") || !prompted && row.has("messages")) {
            keep("messages", row, form);
            readFunctions(form);
            RowFormFault.unlessKnown(form, CHAT_KEYS::contains, "", ForeignForms::adviceOnRowKey);
            leaveOutParallelToolCalls(form);
        } else if (prompted || row.has("prompt") || row.has("completion")) {
            keep("prompt", row, form);
            keep("completion", row, form);
            RowFormFault.unlessKnown(form, PROMPT_KEYS::contains, "", ForeignForms::adviceOnRowKey);
        } else {
            throw new RowFormFault(ForeignForms.reason(form, row));
        }
        for (String key : List.of("messages", "prompt", "completion")) {
            replaceEach(form, key, key, RowForm::message);
        }
        replaceEach(form, "tools", "tools", RowForm::tool);
        return form;
    }

    /// Tells whether a message is a system turn that says nothing. Such a turn is left out of the row; a template could
    /// render its frame or drop its own default for it.
    public static boolean isEmptyTurn(JsonNode message) {
        Role role = Role.of(message.path("role").asText()).orElse(Role.USER);
        if (role != Role.SYSTEM && role != Role.DEVELOPER) {
            return false;
        }
        JsonNode content = message.path("content");
        if (!content.isArray()) {
            return Absent.is(content)
                    || content.isTextual() && content.textValue().isBlank();
        }
        for (JsonNode part : content) {
            if (!part.path("text").isTextual() || !part.get("text").textValue().isBlank()) {
                return false;
            }
        }
        return true;
    }

    /// Tells whether a value means the same as no value: null, empty, or an object of such values.
    public static boolean isAbsent(JsonNode value) {
        return Absent.is(value);
    }

    /// Tells whether a call's arguments must be kept as text: a member that is null would count as absent in an object.
    public static boolean needText(JsonNode arguments) {
        return Absent.hasNullMember(arguments);
    }

    private interface Reading {
        ObjectNode of(ObjectNode object, String path) throws RowFormFault;
    }

    /// Reads the objects of a list, if there is a list.
    private static void replaceEach(ObjectNode holder, String key, String path, Reading reading) throws RowFormFault {
        if (!(holder.get(key) instanceof ArrayNode list)) {
            return;
        }
        ArrayNode read = list.arrayNode();
        for (JsonNode element : list) {
            String place = path + "[" + read.size() + "]";
            read.add(element instanceof ObjectNode object ? reading.of(object, place) : element);
        }
        holder.set(key, read);
    }

    /// Writes functions as tools.
    private static void readFunctions(ObjectNode row) throws RowFormFault {
        if (row.has("tools") || !(row.get(FUNCTIONS) instanceof ArrayNode functions)) {
            return;
        }
        ArrayNode tools = row.arrayNode();
        for (JsonNode function : functions) {
            tools.add(row.objectNode().put("type", FUNCTION).set(FUNCTION, function));
        }
        row.remove(FUNCTIONS);
        row.set("tools", tools);
    }

    /// Writes a call, a result and a refusal in the older or other form that OpenAI has for them in the common form.
    private static void readOtherForms(ObjectNode message) {
        if (message.path("role").asText().equals(FUNCTION)) {
            message.put("role", Role.TOOL.word());
        }
        if (!message.path("role").asText().equals(Role.ASSISTANT.word())) {
            return;
        }
        if (message.has(FUNCTION_CALL) && !message.has("tool_calls")) {
            ObjectNode call = message.objectNode().put("type", FUNCTION);
            call.set(FUNCTION, message.remove(FUNCTION_CALL));
            message.putArray("tool_calls").add(call);
        }
        if (message.has(REFUSAL) && !message.has("content")) {
            message.set("content", message.remove(REFUSAL));
        }
    }

    private static ObjectNode message(ObjectNode given, String path) throws RowFormFault {
        ObjectNode present = Absent.without(given);
        readOtherForms(present);
        ObjectNode message = given;
        Optional<Role> role = Role.of(present.path("role").asText());
        if (role.isEmpty()) {
            RowFormFault.unlessKnown(
                    present, key -> !ForeignForms.isForeignMessage(key), path, ForeignForms::adviceOnMessageKey);
            return message;
        }
        RowFormFault.unlessKnown(present, role.get()::has, path, role.get()::adviceOn);
        if (!present.has("content")) {
            keep("content", message, present);
        }
        if (role.get() == Role.TOOL && Absent.is(present.get("content"))) {
            present.put("content", ""); // a function that returned nothing
        }
        replaceEach(present, "content", path + ".content", RowForm::part);
        replaceEach(present, "tool_calls", path + ".tool_calls", RowForm::call);
        return present;
    }

    private static ObjectNode part(ObjectNode part, String path) throws RowFormFault {
        if (part.path("type").asText().equals(REFUSAL) && part.path(REFUSAL).isTextual()) {
            return part.objectNode()
                    .put("type", "text")
                    .put("text", part.get(REFUSAL).textValue());
        }
        if (!part.path("type").asText().equals("text")) {
            return part;
        }
        ObjectNode present = Absent.without(part);
        RowFormFault.unlessKnown(present, PART_KEYS::contains, path, key -> "");
        return present.has("text") ? present : present.put("text", "");
    }

    private static ObjectNode tool(ObjectNode tool, String path) throws RowFormFault {
        ObjectNode present = Absent.withoutNulls(tool);
        RowFormFault.unlessKnown(present, TOOL_KEYS::contains, path, ForeignForms::adviceOnToolKey);
        if (present.get("function") instanceof ObjectNode function) {
            RowFormFault.unlessKnown(
                    function, FUNCTION_KEYS::contains, path + ".function", ForeignForms::adviceOnToolKey);
        }
        return present;
    }

    private static ObjectNode call(ObjectNode call, String path) throws RowFormFault {
        ObjectNode present = Absent.without(call);
        RowFormFault.unlessKnown(present, CALL_KEYS::contains, path, ForeignForms::adviceOnCallKey);
        if (present.get("function") instanceof ObjectNode function) {
            ObjectNode called = Absent.without(function);
            RowFormFault.unlessKnown(called, CALLED_KEYS::contains, path + ".function", ForeignForms::adviceOnCallKey);
            called.set("arguments", arguments(function.path("arguments")));
            present.set("function", called);
        }
        return present;
    }

    /// Returns the arguments of a call; no arguments are an empty object. An object may hold empty texts and lists,
    /// which are values.
    public static JsonNode arguments(JsonNode arguments) {
        if (arguments instanceof ObjectNode object) {
            return Absent.withoutNulls(object);
        }
        return Absent.is(arguments) ? JsonNodeFactory.instance.objectNode() : arguments;
    }

    /// Returns a function that the assistant may call, without what counts as absent in it.
    public static ObjectNode function(ObjectNode function) {
        return Absent.withoutNulls(function);
    }

    private static void leaveOutParallelToolCalls(ObjectNode row) throws RowFormFault {
        JsonNode parallel = row.remove("parallel_tool_calls");
        if (parallel != null && !parallel.isBoolean()) {
            throw new RowFormFault("parallel_tool_calls is not true or false");
        }
    }

    /// Keeps a value of the row also if it counts as absent, for the reader to say what is missing.
    private static void keep(String key, ObjectNode from, ObjectNode to) {
        if (from.has(key)) {
            to.set(key, from.get(key));
        }
    }
}
