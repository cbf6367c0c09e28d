package dev.finetide.dataset.recipe.expression;

import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.cel.common.types.CelType;
import dev.cel.common.types.CelTypeProvider;
import dev.cel.common.types.ListType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.StructType;
import dev.cel.common.types.StructTypeReference;
import java.util.Optional;

/// The types of a row in an expression. A field that no row has is an error when the recipe begins, and
/// not a row that silently does not match.
final class RowTypes implements CelTypeProvider {
    static final String ROW = "finetide.Row";
    private static final String MESSAGE = "finetide.Message";

    private static final StructType MESSAGES = struct(
            MESSAGE,
            ImmutableMap.of(
                    "role", SimpleType.STRING,
                    "content", SimpleType.STRING,
                    "name", SimpleType.STRING,
                    "weight", SimpleType.INT,
                    "reasoning_content", SimpleType.STRING,
                    "tool_call_id", SimpleType.STRING,
                    "tool_calls", ListType.create(SimpleType.DYN)));
    private static final StructType ROWS = struct(
            ROW,
            ImmutableMap.of(
                    "prompt", SimpleType.STRING,
                    "completion", SimpleType.STRING,
                    "text", SimpleType.STRING,
                    "messages", ListType.create(StructTypeReference.create(MESSAGE)),
                    "tools", ListType.create(SimpleType.DYN)));

    private static StructType struct(String name, ImmutableMap<String, CelType> fields) {
        return StructType.create(name, fields.keySet(), field -> Optional.ofNullable(fields.get(field)));
    }

    @Override
    public ImmutableCollection<CelType> types() {
        return ImmutableList.of(ROWS, MESSAGES);
    }

    @Override
    public Optional<CelType> findType(String name) {
        return switch (name) {
            case ROW -> Optional.of(ROWS);
            case MESSAGE -> Optional.of(MESSAGES);
            default -> Optional.empty();
        };
    }
}
