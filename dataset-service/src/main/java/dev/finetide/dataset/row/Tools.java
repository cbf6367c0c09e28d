package dev.finetide.dataset.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.CharBuffer;
import java.util.Set;

/// Reads tools and tool calls. OpenAI writes a call's `arguments` as a JSON string, but chat templates need an
/// object; both are read, and the object is kept.
final class Tools {
    private static final Set<String> TOOL_KEYS = Set.of("type", "function");
    private static final Set<String> FUNCTION_KEYS = Set.of("name", "description", "parameters", "strict");
    private static final Set<String> CALL_KEYS = Set.of("id", "type", "function");
    private static final Set<String> CALLED_KEYS = Set.of("name", "arguments");

    private Tools() {}

    static ArrayNode canonical(JsonNode tools) throws RowFault {
        if (!tools.isArray()) {
            throw new RowFault("tools is not a list");
        }
        ArrayNode canonical = StrictJson.array();
        for (int i = 0; i < tools.size(); i++) {
            String path = "tools[" + i + "]";
            ObjectNode tool = Keys.object(tools.get(i), path);
            Keys.only(tool, TOOL_KEYS, path);
            ObjectNode function = function(tool, path);
            String inside = path + ".function";
            Keys.only(function, FUNCTION_KEYS, inside);
            ObjectNode known = StrictJson.object().put("name", Keys.text(function, "name", inside));
            if (function.hasNonNull("description")) {
                known.put("description", Keys.string(function, "description", inside));
            }
            if (function.hasNonNull("parameters")) {
                known.set("parameters", Keys.object(function.get("parameters"), inside + ".parameters"));
            }
            if (function.hasNonNull("strict")) {
                known.set("strict", function.get("strict"));
            }
            canonical.addObject().put("type", "function").set("function", known);
        }
        return canonical;
    }

    /// Converts tool calls to canonical form.
    ///
    /// @param ids receives the ids of the calls, for the tool messages that answer them
    static ArrayNode canonicalCalls(JsonNode calls, String path, Set<String> ids) throws RowFault {
        if (!calls.isArray() || calls.isEmpty()) {
            throw new RowFault(path + " is not a list of calls");
        }
        ArrayNode canonical = StrictJson.array();
        for (int i = 0; i < calls.size(); i++) {
            String place = path + "[" + i + "]";
            ObjectNode call = Keys.object(calls.get(i), place);
            Keys.only(call, CALL_KEYS, place);
            ObjectNode known = canonical.addObject();
            if (call.hasNonNull("id")) {
                String id = Keys.text(call, "id", place);
                if (!ids.add(id)) {
                    throw new RowFault(place + ".id is the id of another call");
                }
                known.put("id", id);
            }
            known.put("type", "function");
            ObjectNode function = function(call, place);
            String inside = place + ".function";
            Keys.only(function, CALLED_KEYS, inside);
            known.putObject("function")
                    .put("name", Keys.text(function, "name", inside))
                    .set("arguments", arguments(function, inside));
        }
        return canonical;
    }

    private static ObjectNode function(ObjectNode holder, String path) throws RowFault {
        if (holder.hasNonNull("type") && !Keys.string(holder, "type", path).equals("function")) {
            throw new RowFault(path + ".type is not function");
        }
        return Keys.object(Keys.required(holder, "function", path), path + ".function");
    }

    private static ObjectNode arguments(ObjectNode function, String path) throws RowFault {
        JsonNode arguments = Keys.required(function, "arguments", path);
        String place = path + ".arguments";
        if (!arguments.isTextual()) {
            return Keys.object(arguments, place);
        }
        JsonNode parsed;
        try {
            parsed = StrictJson.parse(CharBuffer.wrap(arguments.textValue().toCharArray()));
        } catch (RowFault fault) {
            throw new RowFault(place + ", as JSON, " + fault.getMessage());
        }
        return Keys.object(parsed, place);
    }
}
