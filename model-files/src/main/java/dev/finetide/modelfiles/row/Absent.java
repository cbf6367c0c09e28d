package dev.finetide.modelfiles.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;

/// Decides what counts as absent. Arrow, pandas and API clients write a key that a row does not use as null,
/// as an empty list, object or text; all of these mean the same as no key.
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

    /// Returns the members that are present, in their order. An object without others is returned itself.
    static ObjectNode without(ObjectNode object) {
        boolean whole = true;
        for (JsonNode member : object) {
            whole &= !is(member);
        }
        if (whole) {
            return object;
        }
        ObjectNode present = object.objectNode();
        for (Map.Entry<String, JsonNode> member : object.properties()) {
            if (!is(member.getValue())) {
                present.set(member.getKey(), member.getValue());
            }
        }
        return present;
    }

    /// Returns an object without the members of objects that are null, at any depth. Elements of lists stay, and
    /// so do empty objects, lists and texts, which say something in a JSON schema and in a call's arguments. A
    /// schema that admits null keeps null as its default, as pydantic writes it for every optional field.
    static ObjectNode withoutNulls(ObjectNode object) {
        ObjectNode present = object.objectNode();
        for (Map.Entry<String, JsonNode> member : object.properties()) {
            if (!member.getValue().isNull() || member.getKey().equals("default") && admitsNull(object)) {
                present.set(member.getKey(), inner(member.getValue()));
            }
        }
        return present;
    }

    /// Tells whether a JSON schema admits null: by its type, or by one of its alternatives.
    private static boolean admitsNull(JsonNode schema) {
        if (isNullType(schema.path("type"))) {
            return true;
        }
        for (String alternatives : List.of("anyOf", "oneOf")) {
            for (JsonNode alternative : schema.path(alternatives)) {
                if (isNullType(alternative.path("type"))) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isNullType(JsonNode type) {
        for (JsonNode one : type) {
            if (one.asText().equals("null")) {
                return true;
            }
        }
        return type.asText().equals("null");
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
