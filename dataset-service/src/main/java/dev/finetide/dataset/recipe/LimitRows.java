package dev.finetide.dataset.recipe;

import dev.finetide.dataset.row.RowFault;
import dev.finetide.dataset.tokens.RowLengths;
import java.util.Optional;

/// Leaves out rows that have more tokens than a base can read, or refuses them. No row is cut.
final class LimitRows implements RowStep {
    private final RowLengths lengths;
    private final boolean leaveOut;
    private final String field;

    /// @param lengths measures rows; closed with the step
    /// @param field field of the step in the request: "recipe.steps[0]"
    LimitRows(RowLengths lengths, boolean leaveOut, String field) {
        this.lengths = lengths;
        this.leaveOut = leaveOut;
        this.field = field + ".max_length";
    }

    @Override
    public Optional<RecipeRow> apply(RecipeRow row, long ordinal) {
        int tokens = tokens(row);
        if (tokens <= lengths.limit()) {
            return Optional.of(row);
        }
        if (leaveOut) {
            return Optional.empty();
        }
        throw row.refusal(
                field,
                "it has %d tokens, at most %d are allowed (longer rows can be left out)"
                        .formatted(tokens, lengths.limit()));
    }

    private int tokens(RecipeRow row) {
        try {
            return lengths.tokens(row.json());
        } catch (RowFault fault) {
            throw row.refusal(field, fault.getMessage());
        }
    }

    @Override
    public void close() {
        lengths.close();
    }
}
