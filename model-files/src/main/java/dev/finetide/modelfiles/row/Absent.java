package dev.finetide.modelfiles.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/// Decides what counts as absent. Arrow, pandas and API clients write a key that a row does not use as null, as an
/// empty
/// list, object or text; all of these mean the same as no key.
final class Absent {
    private Absent() {}

    /// Tells whether a value means the same as no value: null, an empty text, an empty list, or an object without a
    /// member that is present.
    static boolean is(JsonNode value) {
        if (value == null || value.isNull() || value.isMissingNode()) {
            return true;
        }
        if (value.isTextual()) {
            return value.textValue().isEmpty();
        }
        if (value.isObject()) {
            for (JsonNode member : value) {
                if (!is(member)) {
                    return false;
                }
            }
            return true;
        }
        return value.isArray() && value.isEmpty();
    }

    /// Returns the members that are present, in their order.
    static ObjectNode without(ObjectNode object) {
        ObjectNode present = object.objectNode();
        for (Map.Entry<String, JsonNode> member : object.properties()) {
            if (!is(member.getValue())) {
                present.set(member.getKey(), member.getValue());
            }
        }
        return present;
    }

    /// Returns an object without the members of objects that are null, at any depth. Elements of lists stay, and so do
    /// empty objects, lists and texts, which say something in a JSON schema and in a call's arguments.
    static ObjectNode withoutNulls(ObjectNode object) {
        ObjectNode present = object.objectNode();
        for (Map.Entry<String, JsonNode> member : object.properties()) {
            if (!member.getValue().isNull()) {
                present.set(member.getKey(), inner(member.getValue()));
            }
        }
        return present;
    }

    private static JsonNode inner(JsonNode value) {
        if (value instanceof ObjectNode object) {
            return withoutNulls(object);
        }
        if (value instanceof ArrayNode array) {
            ArrayNode present = array.arrayNode();
            array.forEach(element -> present.add(inner(element)));
            return present;
        }
        return value;
    }

    /// Tells whether an object at any depth has a member that is null.
    static boolean hasNullMember(JsonNode value) {
        for (JsonNode member : value) {
            if (value.isObject() && member.isNull() || hasNullMember(member)) {
                return true;
            }
        }
        return false;
    }
}
