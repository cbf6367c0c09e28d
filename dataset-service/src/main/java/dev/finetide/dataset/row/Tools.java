package dev.finetide.dataset.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.finetide.modelfiles.row.RowForm;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Reads tools and tool calls in the form of [RowForm], and keeps them as they are. OpenAI writes a call's `arguments`
/// as a
/// JSON string, but chat templates need an object; both are read, and the object is kept.
public final class Tools {
    private Tools() {}

    /// Checks tools and keeps them as they are.
    ///
    /// @param path place of the list in the row
    public static ArrayNode canonical(JsonNode tools, String path) throws RowFault {
        if (!(tools instanceof ArrayNode list)) {
            throw RowFault.at(path, "is not a list");
        }
        for (int i = 0; i < list.size(); i++) {
            String place = path + "[" + i + "]";
            ObjectNode function = function(Keys.object(list.get(i), place), place);
            String inside = place + ".function";
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
    /// @param row learns the ids of the calls, for the tool messages that answer them
    static ArrayNode canonicalCalls(JsonNode calls, String path, ChatRow row) throws RowFault {
        if (!calls.isArray()) {
            throw RowFault.at(path, "is not a list of calls");
        }
        ArrayNode canonical = StrictJson.array();
        Set<String> ofThisTurn = new HashSet<>();
        for (int i = 0; i < calls.size(); i++) {
            String place = path + "[" + i + "]";
            ObjectNode call = Keys.object(calls.get(i), place);
            if (call.has("id") && !ofThisTurn.add(Keys.text(call, "id", place))) {
                throw RowFault.at(place + ".id", "is the id of another call of this turn");
            }
            ObjectNode function = function(call, place);
            String inside = place + ".function";
            Keys.text(function, "name", inside);
            function.set("arguments", arguments(Keys.required(function, "arguments", inside), inside + ".arguments"));
            canonical.add(call);
        }
        ofThisTurn.forEach(row::called);
        return canonical;
    }

    private static ObjectNode function(ObjectNode holder, String path) throws RowFault {
        if (holder.has("type") && !Keys.string(holder, "type", path).equals("function")) {
            throw RowFault.at(path + ".type", "is not function");
        }
        return Keys.object(Keys.required(holder, "function", path), path + ".function");
    }

    /// Returns the arguments as an object, or as text if a member is null, which would count as absent in an object.
    ///
    /// @param place place of the arguments in the row
    public static JsonNode arguments(JsonNode arguments, String place) throws RowFault {
        if (!arguments.isTextual()) {
            return Keys.object(arguments, place);
        }
        return exact(Keys.object(StrictJson.parse(arguments.textValue(), place), place));
    }

    /// Returns arguments in which null is a value: as they are, or as text if a member is null.
    public static JsonNode exact(ObjectNode arguments) {
        return RowForm.needText(arguments) ? TextNode.valueOf(CanonicalJson.text(arguments)) : arguments;
    }
}
