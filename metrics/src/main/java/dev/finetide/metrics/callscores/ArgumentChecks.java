package dev.finetide.metrics.callscores;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.metrics.calls.UnusableTools;
import dev.finetide.metrics.json.JsonSchemaCheck;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Checks arguments against the schemas of tools. The schemas that were read last are kept, because
/// reading one takes longer than checking a row. Safe for use by several threads.
final class ArgumentChecks {
    private static final int MOST_KEPT = 100;
    private static final String ADDITIONAL = "additionalProperties";

    /// Keywords by which a schema says itself which other keys it takes.
    private static final List<String> OTHER_KEYS = List.of(
            ADDITIONAL,
            "unevaluatedProperties",
            "patternProperties",
            "$ref",
            "$dynamicRef",
            "allOf",
            "anyOf",
            "oneOf",
            "if");

    private final Map<JsonNode, JsonSchemaCheck> kept = new LinkedHashMap<>(MOST_KEPT, 1, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<JsonNode, JsonSchemaCheck> eldest) {
            return size() > MOST_KEPT;
        }
    };

    /// Returns whether the schema takes the arguments. An argument that it does not name is refused
    /// unless it says that it takes others.
    ///
    /// @throws UnusableTools where the schema is none, or takes too long to check
    boolean accepts(JsonNode schema, JsonNode arguments) {
        try {
            return check(schema).accepts(arguments);
        } catch (IllegalStateException e) {
            throw new UnusableTools("The schema of a tool takes too many steps to check a call's arguments");
        }
    }

    private synchronized JsonSchemaCheck check(JsonNode schema) {
        return kept.computeIfAbsent(schema, ArgumentChecks::read);
    }

    private static JsonSchemaCheck read(JsonNode schema) {
        try {
            return JsonSchemaCheck.of(closed(schema).toString());
        } catch (IllegalArgumentException e) {
            throw new UnusableTools("The schema of a tool's arguments is no JSON schema that can be used");
        }
    }

    private static JsonNode closed(JsonNode schema) {
        boolean listsKeys = schema.path("properties").isObject();
        if (!listsKeys || OTHER_KEYS.stream().anyMatch(schema::has)) {
            return schema;
        }
        return ((ObjectNode) schema.deepCopy()).put(ADDITIONAL, false);
    }
}
