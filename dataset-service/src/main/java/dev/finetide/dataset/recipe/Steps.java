package dev.finetide.dataset.recipe;

import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.DedupeKind;
import dev.finetide.proto.dataset.v1.DedupeStep;
import dev.finetide.proto.dataset.v1.Recipe;
import dev.finetide.proto.dataset.v1.RecipeStep;
import dev.finetide.proto.dataset.v1.RecipeStep.StepCase;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The table of steps: words for each, and how it is made.
final class Steps {
    private interface Making {
        /// @param field field of the step in the request: "recipe.steps[0]"
        RowStep make(RecipeStep step, String field, long seed, StepInputs inputs) throws IOException;
    }

    private static final Map<StepCase, Making> TABLE = Map.of(
            StepCase.FILTER, (step, field, seed, inputs) -> new FilterRows(step.getFilter(), field),
            StepCase.SAMPLE, (step, field, seed, inputs) -> new SampleRows(step.getSample(), seed, inputs.scratch()),
            StepCase.DEDUPE, (step, field, seed, inputs) -> dedupe(step.getDedupe(), field, inputs),
            StepCase.REDACT, (step, field, seed, inputs) -> new RedactRows(step.getRedact()),
            StepCase.MAX_LENGTH,
                    (step, field, seed, inputs) -> new LimitRows(
                            inputs.lengths(step.getMaxLength()),
                            step.getMaxLength().getLeaveOut(),
                            field),
            StepCase.MAP, (step, field, seed, inputs) -> new MapRows(step.getMap(), field),
            StepCase.RELABEL,
                    (step, field, seed, inputs) ->
                            new RelabelRows(inputs.labels(step.getRelabel()), field, inputs.scratch()),
            StepCase.SPLIT, (step, field, seed, inputs) -> new SplitRows(step.getSplit(), field));

    private Steps() {}

    /// Adds the steps of a recipe to a chain.
    ///
    /// @throws ApiException INVALID_FIELD with the step
    static void addTo(StepChain chain, Recipe recipe, StepInputs inputs) throws IOException {
        for (int i = 0; i < recipe.getStepsCount(); i++) {
            RecipeStep step = recipe.getSteps(i);
            String field = "recipe.steps[" + i + "]";
            if (step.hasSplit() && step.getSplitsCount() > 0) {
                throw ApiException.invalidField(field + ".splits", "a step that gives new splits takes all rows");
            }
            if (step.hasSplit() && i + 1 < recipe.getStepsCount()) {
                throw ApiException.invalidField(
                        field + ".split", "is the last step: rows get their splits when the version is written");
            }
            Making making = Optional.ofNullable(TABLE.get(step.getStepCase()))
                    .orElseThrow(() -> ApiException.invalidField(field + ".step", "is required"));
            chain.add(
                    making.make(step, field, recipe.getSeed(), inputs), words(step), Set.copyOf(step.getSplitsList()));
        }
    }

    /// Returns a step in words: "dedupe near".
    static String words(RecipeStep step) {
        return switch (step.getStepCase()) {
            case DEDUPE ->
                switch (step.getDedupe().getKind()) {
                    case EXACT_INPUT -> "dedupe input";
                    case NEAR_INPUT -> "dedupe near";
                    case EXACT_ROW, DEDUPE_KIND_UNSPECIFIED, UNRECOGNIZED -> "dedupe row";
                };
            case MAX_LENGTH -> "max length";
            case FILTER, SAMPLE, REDACT, MAP, RELABEL, SPLIT, STEP_NOT_SET ->
                step.getStepCase().name().toLowerCase(Locale.ROOT);
        };
    }

    private static RowStep dedupe(DedupeStep step, String field, StepInputs inputs) throws IOException {
        boolean near = step.getKind() == DedupeKind.NEAR_INPUT;
        if (!near && step.getThreshold() != 0) {
            throw ApiException.invalidField(field + ".dedupe.threshold", "is only for near inputs");
        }
        return switch (step.getKind()) {
            case NEAR_INPUT -> new NearRows(step.getThreshold(), inputs.scratch());
            case EXACT_INPUT -> new DedupeRows(Steps::input, inputs.scratch());
            case EXACT_ROW, DEDUPE_KIND_UNSPECIFIED, UNRECOGNIZED -> new DedupeRows(RecipeRow::json, inputs.scratch());
        };
    }

    /// Returns bytes that rows with equal inputs have in common. A text row, which asks nothing, is its
    /// own input.
    private static byte[] input(RecipeRow row) {
        return RowJson.write(RowJson.asked(row.tree()));
    }
}
