package dev.finetide.dataset.shape;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.dataset.row.CanonicalJson;
import dev.finetide.dataset.row.Keys;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.dataset.row.StrictJson;
import dev.finetide.modelfiles.row.RowForm;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A canonical chat row that is written in another shape.
///
/// @param shape name of the shape, for reasons
record Chat(String shape, List<ObjectNode> messages, Optional<ArrayNode> tools) {
    private static final String FUNCTION = "function";

    /// @throws RowFault if the row is no chat row
    static Chat of(ObjectNode canonical, String shape) throws RowFault {
        if (!canonical.has("messages")) {
            String form = canonical.has("text") ? "a text" : "a prompt and a completion";
            throw new RowFault("the row is " + form + ", and the shape " + shape + " holds conversations");
        }
        List<ObjectNode> messages = new ArrayList<>();
        canonical.get("messages").forEach(message -> messages.add((ObjectNode) message));
        return new Chat(shape, messages, Optional.ofNullable((ArrayNode) canonical.get("tools")));
    }

    static boolean isRole(ObjectNode message, String role) {
        return message.get("role").textValue().equals(role);
    }

    static String role(ObjectNode message) {
        return message.get("role").textValue();
    }

    /// Returns a message's content; an absent one is empty.
    static String content(ObjectNode message) {
        return message.path("content").asText("");
    }

    /// Refuses a message with a key that the shape has no place for.
    void refuse(int index, String... keys) throws RowFault {
        for (String key : keys) {
            if (messages.get(index).has(key)) {
                throw cannotHold("messages[" + index + "]." + key);
            }
        }
    }

    RowFault cannotHold(String place) {
        return RowFault.at(place, "has no place in the shape " + shape);
    }

    /// Returns a call in canonical form.
    ///
    /// @param arguments object, or JSON text with one
    static ObjectNode call(Optional<String> id, String name, JsonNode arguments) {
        ObjectNode call = StrictJson.object();
        id.ifPresent(text -> call.put("id", text));
        call.put("type", FUNCTION);
        call.putObject(FUNCTION).put("name", name).set("arguments", arguments);
        return call;
    }

    /// Returns a tool in canonical form.
    static ObjectNode tool(ObjectNode function) {
        ObjectNode tool = StrictJson.object().put("type", FUNCTION);
        tool.set(FUNCTION, RowForm.function(function));
        return tool;
    }

    /// Returns the arguments of a canonical call as an object.
    static ObjectNode arguments(JsonNode call, String place) throws RowFault {
        JsonNode arguments = call.get(FUNCTION).get("arguments");
        return arguments instanceof ObjectNode object
                ? object
                : Keys.object(StrictJson.parse(arguments.textValue(), place), place);
    }

    /// Returns arguments as JSON text.
    static String argumentsText(JsonNode call) {
        JsonNode arguments = call.get(FUNCTION).get("arguments");
        return arguments.isTextual() ? arguments.textValue() : CanonicalJson.text(arguments);
    }
}
