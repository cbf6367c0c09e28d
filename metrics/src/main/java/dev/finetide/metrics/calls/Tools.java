package dev.finetide.metrics.calls;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.metrics.json.JsonText;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The tools that a row offers: the JSON schema of each function's arguments, by name.
public final class Tools {
    private final Map<String, JsonNode> schemas;

    private Tools(Map<String, JsonNode> schemas) {
        this.schemas = schemas;
    }

    /// Reads tools.
    ///
    /// @param text JSON: one tool or a list of them, each with a name and `parameters`, perhaps inside
    ///     `function` as in OpenAI's API; an empty text is an empty list
    /// @throws UnusableTools where the text is something else
    public static Tools of(String text) {
        Map<String, JsonNode> schemas = new LinkedHashMap<>();
        if (!text.isBlank()) {
            JsonNode tools = JsonText.parse(text).orElseThrow(() -> new UnusableTools("The tools are not JSON"));
            for (JsonNode tool :
                    tools.isObject() ? JsonNodeFactory.instance.arrayNode().add(tools) : tools) {
                JsonNode function = tool.path("function").isObject() ? tool.get("function") : tool;
                if (!tools.isContainerNode() || !function.path("name").isTextual()) {
                    throw new UnusableTools("The tools hold something that is no function with a name");
                }
                schemas.putIfAbsent(function.get("name").textValue(), parameters(function));
            }
            if (!tools.isContainerNode()) {
                throw new UnusableTools("The tools are no list");
            }
        }
        return new Tools(schemas);
    }

    /// Returns the schema of a function's arguments. A function without one takes no arguments.
    private static JsonNode parameters(JsonNode function) {
        JsonNode parameters = function.has("parameters") ? function.get("parameters") : function.path("input_schema");
        if (!parameters.isMissingNode() && !parameters.isNull()) {
            return parameters;
        }
        ObjectNode none = JsonNodeFactory.instance.objectNode().put("type", "object");
        none.putObject("properties");
        return none;
    }

    /// Returns the names of the functions.
    public Set<String> names() {
        return schemas.keySet();
    }

    /// Returns the schema of a function's arguments as JSON; nothing where the row offers no such
    /// function.
    public Optional<JsonNode> schema(String name) {
        return Optional.ofNullable(schemas.get(name));
    }

    /// Returns what is known of a function's arguments; nothing is known of a function that is not
    /// offered.
    ToolSchema arguments(String name) {
        return ToolSchema.of(schemas.getOrDefault(name, JsonNodeFactory.instance.missingNode()));
    }
}
