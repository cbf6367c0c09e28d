package dev.finetide.metrics.calls;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

/// A place in the schema of a function's arguments, which tells what may be left out there. References
/// inside the schema are followed a few steps only, so that a schema may refer to itself.
///
/// @param root the whole schema
/// @param node the place; missing where nothing is known
record ToolSchema(JsonNode root, JsonNode node) {
    static final ToolSchema UNKNOWN = of(JsonNodeFactory.instance.missingNode());

    private static final int MOST_HOPS = 16;
    private static final String REF = "$ref";
    private static final String TYPE = "type";
    private static final String NULL = "null";
    private static final String DEFAULT = "default";

    /// Makes the place at the top of a schema.
    static ToolSchema of(JsonNode schema) {
        return new ToolSchema(schema, schema);
    }

    /// Returns the schema of a key of this object.
    ToolSchema property(String key) {
        return at(target().path("properties").path(key));
    }

    /// Returns the schema of the elements of this list.
    ToolSchema items() {
        return at(target().path("items"));
    }

    /// Returns whether the schema demands the key.
    boolean requires(String key) {
        for (JsonNode required : target().path("required")) {
            if (required.isTextual() && required.textValue().equals(key)) {
                return true;
            }
        }
        return false;
    }

    /// Returns the value that stands for one that is left out; missing where there is none.
    JsonNode defaultValue() {
        return node.has(DEFAULT) ? node.get(DEFAULT) : target().path(DEFAULT);
    }

    /// Returns whether the schema names null among the values that it takes.
    boolean allowsNull() {
        JsonNode place = target();
        if (isNull(place) || place.path("nullable").asBoolean(false)) {
            return true;
        }
        for (String choice : new String[] {"anyOf", "oneOf"}) {
            for (JsonNode option : place.path(choice)) {
                if (isNull(option)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isNull(JsonNode place) {
        JsonNode type = place.path(TYPE);
        if (type.asText().equals(NULL)) {
            return true;
        }
        for (JsonNode one : type) {
            if (one.asText().equals(NULL)) {
                return true;
            }
        }
        return false;
    }

    private ToolSchema at(JsonNode place) {
        return new ToolSchema(root, place);
    }

    private JsonNode target() {
        JsonNode place = node;
        for (int hop = 0; hop < MOST_HOPS && place.path(REF).isTextual(); hop++) {
            place = referred(place.get(REF).textValue());
        }
        return place;
    }

    private JsonNode referred(String reference) {
        boolean isPointer = reference.equals("#") || reference.startsWith("#/");
        return isPointer
                ? root.at(JsonPointer.compile(reference.substring(1)))
                : JsonNodeFactory.instance.missingNode();
    }
}
