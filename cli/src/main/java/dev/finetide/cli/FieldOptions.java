package dev.finetide.cli;

import java.util.Map;

/// A command whose options set fields of a request. Messages about a field also name the option.
public interface FieldOptions {
    /// Returns the option of each field, by field path such as `config.learning_rate`.
    Map<String, String> optionByField();
}
