package dev.finetide.dataset.shape;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.kit.error.ApiException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// The table of row shapes. A new one is a class and a line here. Templates make a shape of their own.
public final class RowShapes {
    /// Every shape, in the order in which records are compared with them.
    private static final List<RowShape> TABLE = List.of(
            new BedrockShape(),
            new OpenAiShape(),
            new ShareGptShape(),
            new GeminiShape(),
            new PromptCompletionShape(),
            new AlpacaShape(),
            new TextShape());

    private RowShapes() {}

    /// Returns a shape.
    ///
    /// @throws ApiException INVALID_FIELD if no shape has that name
    public static RowShape named(String shape) {
        return TABLE.stream()
                .filter(known -> known.name().equals(shape))
                .findFirst()
                .orElseThrow(() ->
                        ApiException.invalidField("shape", "expected " + names() + ", got " + RowFault.quoted(shape)));
    }

    /// Finds the shape of a record.
    static Optional<RowShape> of(ObjectNode row) {
        return TABLE.stream().filter(shape -> shape.isIn(row)).findFirst();
    }

    /// Returns the names of all shapes.
    public static String names() {
        return TABLE.stream().map(RowShape::name).collect(Collectors.joining(", ")) + " or " + TemplateShape.NAME;
    }
}
