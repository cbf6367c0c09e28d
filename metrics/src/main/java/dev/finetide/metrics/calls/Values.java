package dev.finetide.metrics.calls;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/// Compares JSON values of arguments. Numbers are compared by value and objects without regard to
/// order. The order of lists counts. A text is never a number.
///
/// @param texts rule for texts
record Values(TextRule texts) {

    /// Returns whether two values are the same.
    boolean same(JsonNode given, JsonNode wanted, ToolSchema schema) {
        if (given.isNumber() && wanted.isNumber()) {
            return given.decimalValue().compareTo(wanted.decimalValue()) == 0;
        }
        if (given.isTextual() && wanted.isTextual()) {
            return texts.form(given.textValue()).equals(texts.form(wanted.textValue()));
        }
        if (given.isArray() && wanted.isArray()) {
            return sameLists(given, wanted, schema);
        }
        if (given.isObject() && wanted.isObject()) {
            return sameObjects(given, wanted, schema);
        }
        return !given.isContainerNode() && given.equals(wanted);
    }

    /// Returns whether the value is one that a list of the Berkeley form accepts. An accepted object
    /// gives a list of accepted values for each key in turn.
    boolean accepted(JsonNode given, JsonNode values, ToolSchema schema) {
        if (!values.isArray()) {
            return acceptedOne(given, values, schema);
        }
        for (JsonNode value : values) {
            if (acceptedOne(given, value, schema)) {
                return true;
            }
        }
        return false;
    }

    /// Returns whether a list of the Berkeley form accepts that the value is missing, which an empty
    /// text in it says.
    static boolean mayBeMissing(JsonNode values) {
        for (JsonNode value : values) {
            if (value.isTextual() && value.textValue().isEmpty()) {
                return true;
            }
        }
        return false;
    }

    /// Returns whether a value that is given on one side alone says no more than its absence. Defaults
    /// inside of a default do not count, or a schema that refers to itself had no end.
    boolean saysNothing(JsonNode value, ToolSchema schema) {
        JsonNode usual = schema.defaultValue();
        return value.isNull() && schema.allowsNull()
                || !usual.isMissingNode() && same(value, usual, ToolSchema.UNKNOWN);
    }

    private boolean acceptedOne(JsonNode given, JsonNode value, ToolSchema schema) {
        if (given.isObject() && value.isObject()) {
            return acceptedObject(given, value, schema);
        }
        if (given.isArray() && value.isArray()) {
            if (given.size() != value.size()) {
                return false;
            }
            for (int i = 0; i < given.size(); i++) {
                if (!acceptedOne(given.get(i), value.get(i), schema.items())) {
                    return false;
                }
            }
            return true;
        }
        return same(given, value, schema);
    }

    private boolean acceptedObject(JsonNode given, JsonNode wanted, ToolSchema schema) {
        for (Map.Entry<String, JsonNode> field : given.properties()) {
            ToolSchema place = schema.property(field.getKey());
            JsonNode values = wanted.path(field.getKey());
            if (!accepted(field.getValue(), values, place) && !saysNothing(field.getValue(), place)) {
                return false;
            }
        }
        for (Map.Entry<String, JsonNode> field : wanted.properties()) {
            if (!given.has(field.getKey())
                    && !mayBeMissing(field.getValue())
                    && !defaultIsAccepted(field.getValue(), schema.property(field.getKey()))) {
                return false;
            }
        }
        return true;
    }

    /// Returns whether the value that the schema puts in the place of a missing one is accepted.
    boolean defaultIsAccepted(JsonNode values, ToolSchema schema) {
        JsonNode usual = schema.defaultValue();
        return !usual.isMissingNode() && accepted(usual, values, ToolSchema.UNKNOWN);
    }

    private boolean sameLists(JsonNode given, JsonNode wanted, ToolSchema schema) {
        if (given.size() != wanted.size()) {
            return false;
        }
        for (int i = 0; i < given.size(); i++) {
            if (!same(given.get(i), wanted.get(i), schema.items())) {
                return false;
            }
        }
        return true;
    }

    private boolean sameObjects(JsonNode given, JsonNode wanted, ToolSchema schema) {
        for (Map.Entry<String, JsonNode> field : given.properties()) {
            ToolSchema place = schema.property(field.getKey());
            JsonNode other = wanted.path(field.getKey());
            boolean same =
                    other.isMissingNode() ? saysNothing(field.getValue(), place) : same(field.getValue(), other, place);
            if (!same) {
                return false;
            }
        }
        for (Map.Entry<String, JsonNode> field : wanted.properties()) {
            if (!given.has(field.getKey()) && !saysNothing(field.getValue(), schema.property(field.getKey()))) {
                return false;
            }
        }
        return true;
    }
}
