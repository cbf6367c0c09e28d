package dev.finetide.metrics.calls;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;

/// One call of a function.
///
/// @param name name of the function
/// @param arguments a JSON object: the value of each argument by its name
public record Call(String name, JsonNode arguments) {
    public Call {
        requireNonNull(name, "name");
        if (!arguments.isObject()) {
            throw new IllegalArgumentException("The arguments of a call are not a JSON object");
        }
    }
}
