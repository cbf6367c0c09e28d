package dev.finetide.dataset.recipe;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.dataset.recipe.expression.RowExpression;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.FieldMapping;
import dev.finetide.proto.dataset.v1.MapStep;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Sets fields and tags of rows by expressions. All expressions see the row as it came.
final class MapRows implements RowStep {
    private static final String TAGS = "tags.";
    private static final int LONGEST_TAG = 200;
    private static final Set<String> TEXTS = Set.of("prompt", "completion", "text", "answer", "system");

    private final List<Assignment> assignments = new ArrayList<>();

    /// @param field name of the target: "prompt", or "tags.lang"
    private record Assignment(String path, String field, RowExpression value) {
        Optional<String> tag() {
            return field.startsWith(TAGS) ? Optional.of(field.substring(TAGS.length())) : Optional.empty();
        }
    }

    /// @param field field of the step in the request: "recipe.steps[0]"
    MapRows(MapStep step, String field) {
        for (int i = 0; i < step.getFieldsCount(); i++) {
            assignments.add(assignment(step.getFields(i), field + ".map.fields[" + i + "]"));
        }
    }

    private static Assignment assignment(FieldMapping mapping, String path) {
        String target = mapping.getField();
        if (target.startsWith(TAGS) && target.length() > TAGS.length() && target.length() <= LONGEST_TAG) {
            return new Assignment(path, target, RowExpression.tag(path + ".expression", mapping.getExpression()));
        }
        if (!TEXTS.contains(target)) {
            throw ApiException.invalidField(
                    path + ".field", "expected prompt, completion, text, answer, system or tags.NAME");
        }
        return new Assignment(path, target, RowExpression.text(path + ".expression", mapping.getExpression()));
    }

    @Override
    public Optional<RecipeRow> apply(RecipeRow row, long ordinal) {
        RecipeRow changed = row;
        for (Assignment assignment : assignments) {
            if (assignment.tag().isPresent()) {
                changed = changed.withTag(
                        assignment.tag().get(), assignment.value().tag(row));
            } else {
                String text = assignment.value().text(row);
                if (text.isBlank()) {
                    throw row.refusal(assignment.path() + ".expression", "the expression gives an empty text");
                }
                changed = set(changed, assignment, text);
            }
        }
        boolean same = changed.tags().equals(row.tags()) && Arrays.equals(changed.json(), row.json());
        return Optional.of(same ? row : changed);
    }

    private static RecipeRow set(RecipeRow row, Assignment assignment, String text) {
        Optional<ObjectNode> tree = switch (assignment.field()) {
            case "answer" -> RowJson.withAnswer(row.tree(), text);
            case "system" -> RowJson.withSystem(row.tree(), text);
            default ->
                row.tree().has(assignment.field()) ? Optional.of(put(row, assignment.field(), text)) : Optional.empty();
        };
        return row.withTree(tree.orElseThrow(
                () -> row.refusal(assignment.path() + ".field", "the row has no " + assignment.field())));
    }

    private static ObjectNode put(RecipeRow row, String field, String text) {
        return row.tree().deepCopy().put(field, text);
    }
}
