package dev.finetide.dataset.recipe;

import java.util.Optional;

/// Leaves out rows that have more tokens than a base can read, or refuses them. No row is cut.
final class LimitRows implements RowStep {
    private final RowLimit limit;
    private final boolean leaveOut;
    private final String field;

    /// @param field field of the step in the request: "recipe.steps[0]"
    LimitRows(RowLimit limit, boolean leaveOut, String field) {
        this.limit = limit;
        this.leaveOut = leaveOut;
        this.field = field;
    }

    @Override
    public Optional<RecipeRow> apply(RecipeRow row, long ordinal) {
        int tokens = limit.tokens().applyAsInt(row.json());
        if (tokens <= limit.most()) {
            return Optional.of(row);
        }
        if (leaveOut) {
            return Optional.empty();
        }
        throw row.refusal(
                field + ".max_length",
                "it has %d tokens, at most %d are allowed (longer rows can be left out)"
                        .formatted(tokens, limit.most()));
    }
}
