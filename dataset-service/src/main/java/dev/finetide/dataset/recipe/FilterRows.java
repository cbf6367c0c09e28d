package dev.finetide.dataset.recipe;

import dev.finetide.dataset.recipe.expression.RowExpression;
import dev.finetide.proto.dataset.v1.FilterStep;
import java.util.Optional;

/// Keeps the rows for which an expression is true.
final class FilterRows implements RowStep {
    private final RowExpression condition;

    /// @param field field of the step in the request: "recipe.steps[0]"
    FilterRows(FilterStep step, String field) {
        this.condition = RowExpression.condition(field + ".filter.expression", step.getExpression());
    }

    @Override
    public Optional<RecipeRow> apply(RecipeRow row, long ordinal) {
        return condition.isTrue(row) ? Optional.of(row) : Optional.empty();
    }
}
