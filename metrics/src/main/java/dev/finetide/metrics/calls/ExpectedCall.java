package dev.finetide.metrics.calls;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/// One call of a reference.
///
/// @param name name of the function
/// @param arguments a JSON object: the value of each argument; where `lists` is true, the list of its
///     accepted values, in which an empty text says that the argument may be missing
/// @param lists whether the arguments are lists of accepted values, as the Berkeley leaderboard writes
/// @param schema what is known of the function's arguments
/// @param values the way values are compared
record ExpectedCall(String name, JsonNode arguments, boolean lists, ToolSchema schema, Values values) {

    /// Returns the F1 of the arguments of a given call: 1 where each one is right and none is missing
    /// or too many, 0 where the names differ. Arguments that say no more than their absence do not
    /// count.
    double f1(Call call) {
        if (!call.name().equals(name)) {
            return 0;
        }
        int right = 0;
        int given = 0;
        int wanted = 0;
        for (Map.Entry<String, JsonNode> argument : call.arguments().properties()) {
            String key = argument.getKey();
            JsonNode expected = arguments.path(key);
            if (isRight(argument.getValue(), expected, schema.property(key))) {
                right++;
                given++;
                wanted++;
            } else if (!expected.isMissingNode()) {
                given++;
                wanted += isDemanded(key, expected) ? 1 : 0;
            } else if (!saysNothing(key, argument.getValue())) {
                given++;
            }
        }
        for (Map.Entry<String, JsonNode> argument : arguments.properties()) {
            boolean missing = !call.arguments().has(argument.getKey());
            wanted += missing && isDemanded(argument.getKey(), argument.getValue()) ? 1 : 0;
        }
        return given + wanted == 0 ? 1 : 2.0 * right / (given + wanted);
    }

    private boolean isRight(JsonNode given, JsonNode expected, ToolSchema place) {
        if (expected.isMissingNode()) {
            return false;
        }
        return lists ? values.accepted(given, expected, place) : values.same(given, expected, place);
    }

    private boolean saysNothing(String key, JsonNode value) {
        return !schema.requires(key) && values.saysNothing(value, schema.property(key));
    }

    /// Returns whether a call that leaves the argument out is wrong.
    private boolean isDemanded(String key, JsonNode expected) {
        if (schema.requires(key)) {
            return true;
        }
        return lists
                ? !Values.mayBeMissing(expected) && !values.defaultIsAccepted(expected, schema.property(key))
                : !values.saysNothing(expected, schema.property(key));
    }
}
