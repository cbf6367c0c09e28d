package dev.finetide.dataset.recipe;

import dev.finetide.proto.dataset.v1.SplitRules;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// Gives rows the splits that a tag names. Fractions that are held out, and what becomes of inputs in
/// two splits, are decided when the version is written.
final class SplitRows implements RowStep {
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?");
    private static final Map<String, String> WORDS = Map.of(
            "training", "train", "valid", "validation", "val", "validation", "dev", "validation", "testing", "test");

    private final String column;
    private final String field;

    /// @param field field of the step in the request: "recipe.steps[0]"
    SplitRows(SplitRules rules, String field) {
        this.column = rules.getColumn();
        this.field = field + ".split.column";
    }

    @Override
    public Optional<RecipeRow> apply(RecipeRow row, long ordinal) {
        if (column.isEmpty()) {
            return Optional.of(row);
        }
        String value = row.tags().get(column);
        if (value == null) {
            throw row.refusal(field, "the row has no such tag");
        }
        String lower = value.strip().toLowerCase(Locale.ROOT);
        String name = WORDS.getOrDefault(lower, lower);
        if (!NAME.matcher(name).matches()) {
            throw row.refusal(
                    field, "the tag's value is no name of a split: expected lower-case letters, digits, - and _");
        }
        return Optional.of(name.equals(row.split()) ? row : row.withSplit(name));
    }
}
