package dev.finetide.metrics.calls;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.finetide.metrics.json.JsonText;
import java.util.Set;

/// Reads calls out of JSON values in the forms that models write: `{"name", "arguments"}`, the same
/// with `parameters`, and those of OpenAI's API.
final class CallJson {
    private static final String NAME = "name";
    private static final String ARGUMENTS = "arguments";
    private static final String PARAMETERS = "parameters";
    private static final String FUNCTION = "function";
    private static final Set<String> KEYS_OF_A_CALL =
            Set.of(NAME, ARGUMENTS, PARAMETERS, FUNCTION, "id", "type", "index");

    private CallJson() {}

    /// Returns whether the value has the form of a call, also where name or arguments are not as they
    /// should be.
    static boolean looksLikeCall(JsonNode value) {
        if (!value.isObject()) {
            return false;
        }
        JsonNode function = value.path(FUNCTION);
        if (function.isObject() && function.path(NAME).isTextual()) {
            return true;
        }
        boolean named = value.path(NAME).isTextual() || function.isTextual();
        if (!named) {
            return value.has(NAME) && isArguments(value);
        }
        return isArguments(value) || hasOnlyKeysOfACall(value);
    }

    /// Returns whether the value is a call with arguments and nothing else, or a list of such calls.
    /// An object with a name alone is not, because it is likely to be other data.
    static boolean isSurelyCall(JsonNode value) {
        if (value.isArray()) {
            return !value.isEmpty()
                    && value.valueStream().allMatch(element -> element.isObject() && isSurelyCall(element));
        }
        return looksLikeCall(value)
                && hasOnlyKeysOfACall(value)
                && (value.path(FUNCTION).isObject() || arguments(value).isObject() && isArguments(value));
    }

    private static boolean hasOnlyKeysOfACall(JsonNode value) {
        return value.propertyStream().allMatch(field -> KEYS_OF_A_CALL.contains(field.getKey()));
    }

    private static boolean isArguments(JsonNode value) {
        return value.has(ARGUMENTS) || value.has(PARAMETERS);
    }

    /// Reads a value that looks like a call.
    static void read(JsonNode value, CallReply.Builder reply) {
        JsonNode call = value.path(FUNCTION).isObject() ? value.get(FUNCTION) : value;
        String name = (call.path(NAME).isTextual() ? call.path(NAME) : call.path(FUNCTION))
                .asText()
                .strip();
        JsonNode arguments = arguments(call);
        if (name.isEmpty()) {
            reply.add(CallProblem.NO_NAME);
        } else if (!arguments.isObject()) {
            reply.add(CallProblem.ARGUMENTS);
        } else {
            reply.add(new Call(name, arguments));
        }
    }

    /// Returns the arguments: an object, or what stands in its place where they are none. A call
    /// without arguments may leave them out or have null or an empty text.
    private static JsonNode arguments(JsonNode call) {
        JsonNode arguments = call.has(ARGUMENTS) ? call.get(ARGUMENTS) : call.path(PARAMETERS);
        if (arguments.isTextual()) {
            String text = arguments.textValue();
            arguments = text.isBlank()
                    ? JsonNodeFactory.instance.nullNode()
                    : JsonText.parse(text).orElse(arguments);
        }
        return arguments.isMissingNode() || arguments.isNull() ? JsonNodeFactory.instance.objectNode() : arguments;
    }
}
