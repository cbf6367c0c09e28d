package dev.finetide.metrics;

import static java.util.Objects.requireNonNull;

import dev.finetide.metrics.json.JsonSchemaCheck;
import java.util.Optional;

/// Settings of an evaluation that a metric may need.
///
/// @param jsonSchema text of the JSON schema that answers must satisfy
public record Settings(Optional<String> jsonSchema) {
    private static final Settings NONE = new Settings(Optional.empty());

    /// @throws IllegalArgumentException where the schema is no JSON schema; the message says why
    public Settings {
        requireNonNull(jsonSchema, "jsonSchema");
        jsonSchema.ifPresent(JsonSchemaCheck::of);
    }

    /// Returns settings with nothing set.
    public static Settings none() {
        return NONE;
    }
}
