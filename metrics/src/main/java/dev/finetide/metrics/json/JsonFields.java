package dev.finetide.metrics.json;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;

/// The fields of a JSON value: each leaf with the path to it, as `address.city = "Bern"`. The order
/// of an array's elements does not count. A number counts by its value and a text by its words.
/// Empty objects and arrays are leaves.
public final class JsonFields {
    private static final int DEEPEST = 500;

    private JsonFields() {}

    /// Returns how often each field occurs.
    ///
    /// @throws IllegalArgumentException where values lie more than 500 levels deep
    public static Map<String, Integer> of(JsonNode value) {
        Map<String, Integer> fields = new HashMap<>();
        add("", value, fields, 0);
        return fields;
    }

    private static void add(String path, JsonNode value, Map<String, Integer> fields, int depth) {
        if (depth > DEEPEST) {
            throw new IllegalArgumentException("The JSON is more than " + DEEPEST + " levels deep");
        }
        if (value.isContainerNode() && !value.isEmpty()) {
            if (value.isArray()) {
                value.forEach(element -> add(path + "[]", element, fields, depth + 1));
            } else {
                value.properties()
                        .forEach(field ->
                                add(path + "." + escaped(field.getKey()), field.getValue(), fields, depth + 1));
            }
            return;
        }
        // An empty object or array at the top is a value without fields.
        if (depth > 0 || !value.isContainerNode()) {
            fields.merge(path + " = " + leaf(value), 1, Integer::sum);
        }
    }

    private static String leaf(JsonNode value) {
        if (value.isNumber()) {
            return value.decimalValue().signum() == 0
                    ? "0"
                    : value.decimalValue().stripTrailingZeros().toString();
        }
        return value.isTextual() ? '"' + String.join(" ", value.asText().strip().split("\\s+")) : value.toString();
    }

    /// Keeps keys with dots and brackets apart from paths.
    private static String escaped(String key) {
        return key.replace("\\", "\\\\").replace(".", "\\.").replace("[", "\\[");
    }
}
