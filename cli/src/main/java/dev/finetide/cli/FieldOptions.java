package dev.finetide.cli;

import java.util.Map;

/// A command whose options become fields of a request: what a service says of a field is shown with the option too.
public interface FieldOptions {
    /// Option by field path, as in `config.learning_rate`.
    Map<String, String> optionByField();
}
