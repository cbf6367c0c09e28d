package dev.finetide.dataset.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.finetide.modelfiles.row.RowForm;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Reads tools and tool calls in the form of [RowForm], and keeps them as they are. OpenAI writes a call's `arguments`
/// as a
/// JSON string, but chat templates need an object; both are read, and the object is kept.
final class Tools {
    private Tools() {}

    /// Checks tools and keeps them as they are.
    static ArrayNode canonical(JsonNode tools) throws RowFault {
        if (!(tools instanceof ArrayNode list)) {
            throw new RowFault("tools is not a list");
        }
        for (int i = 0; i < list.size(); i++) {
            String path = "tools[" + i + "]";
            ObjectNode function = function(Keys.object(list.get(i), path), path);
            String inside = path + ".function";
            Keys.text(function, "name", inside);
            if (function.has("description")) {
                Keys.string(function, "description", inside);
            }
            for (String schema : List.of("parameters", "return")) {
                if (function.has(schema)) {
                    Keys.object(function.get(schema), inside + "." + schema);
                }
            }
        }
        return list;
    }

    /// Converts tool calls to canonical form.
    ///
    /// @param ids receives the ids of the calls, for the tool messages that answer them
    static ArrayNode canonicalCalls(JsonNode calls, String path, Set<String> ids) throws RowFault {
        if (!calls.isArray()) {
            throw new RowFault(path + " is not a list of calls");
        }
        ArrayNode canonical = StrictJson.array();
        Set<String> ofThisTurn = new HashSet<>();
        for (int i = 0; i < calls.size(); i++) {
            String place = path + "[" + i + "]";
            ObjectNode call = Keys.object(calls.get(i), place);
            if (call.has("id") && !ofThisTurn.add(Keys.text(call, "id", place))) {
                throw new RowFault(place + ".id is the id of another call of this turn");
            }
            ObjectNode function = function(call, place);
            String inside = place + ".function";
            Keys.text(function, "name", inside);
            function.set("arguments", arguments(function, inside));
            canonical.add(call);
        }
        ids.addAll(ofThisTurn);
        return canonical;
    }

    private static ObjectNode function(ObjectNode holder, String path) throws RowFault {
        if (holder.has("type") && !Keys.string(holder, "type", path).equals("function")) {
            throw new RowFault(path + ".type is not function");
        }
        return Keys.object(Keys.required(holder, "function", path), path + ".function");
    }

    /// Returns the arguments as an object, or as text if a member is null, which would count as absent in an object.
    private static JsonNode arguments(ObjectNode function, String path) throws RowFault {
        JsonNode arguments = Keys.required(function, "arguments", path);
        String place = path + ".arguments";
        if (!arguments.isTextual()) {
            return Keys.object(arguments, place);
        }
        JsonNode parsed = StrictJson.parse(CharBuffer.wrap(arguments.textValue().toCharArray()), place);
        ObjectNode object = Keys.object(parsed, place);
        return RowForm.needText(object)
                ? TextNode.valueOf(new String(StrictJson.write(object), StandardCharsets.UTF_8))
                : object;
    }
}
