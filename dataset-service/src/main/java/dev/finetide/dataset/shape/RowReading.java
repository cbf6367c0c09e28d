package dev.finetide.dataset.shape;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.dataset.row.StrictJson;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.ReadOptions;
import dev.finetide.proto.dataset.v1.SplitRules;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Turns records into canonical rows. The first record decides the shape, unless the options name it. Safe for several
/// threads once the shape is decided.
public final class RowReading {
    /// Keys that hold lists or objects, which columns of CSV and Parquet often have as JSON text.
    private static final List<String> STRUCTURED = List.of(
            "messages",
            "conversations",
            "conversation",
            "contents",
            "tools",
            "functions",
            "history",
            "systemInstruction",
            "system_instruction",
            "toolConfig");

    /// Key of a text, or of Bedrock's blocks of text.
    private static final String SYSTEM = "system";

    private static final String BLOCKS = "[{\"text\":";

    /// Key under which the file of refused rows has the place and reason of a row.
    private static final String REFUSAL = "_finetide";

    private final boolean allowEmpty;
    private final Columns columns;
    private volatile Optional<RowShape> shape;

    /// @throws ApiException INVALID_FIELD for an unknown shape, for a template that cannot be read, and for a shape and
    ///     templates that contradict each other
    public RowReading(ReadOptions options, SplitRules split) {
        this.allowEmpty = options.getAllowEmpty();
        this.columns = new Columns(options, split);
        this.shape = named(options);
    }

    private static Optional<RowShape> named(ReadOptions options) {
        boolean templates = TemplateShape.isIn(options);
        if (templates && !Set.of("", TemplateShape.NAME).contains(options.getShape())) {
            throw ApiException.invalidField(
                    "shape", "is " + options.getShape() + ", and templates make rows of the shape template");
        }
        if (templates || options.getShape().equals(TemplateShape.NAME)) {
            return Optional.of(new TemplateShape(options));
        }
        return options.getShape().isEmpty() ? Optional.empty() : Optional.of(RowShapes.named(options.getShape()));
    }

    /// Reads a row. The record may be changed.
    ///
    /// @throws RowFault if the record is no row
    public ReadRow read(JsonNode record) throws RowFault {
        if (!(record instanceof ObjectNode row)) {
            throw new RowFault("the row is not a JSON object");
        }
        return StrictJson.forOneRow(() -> readObject(row));
    }

    private ReadRow readObject(ObjectNode row) throws RowFault {
        row.remove(REFUSAL);
        columns.leaveOutIgnored(row);
        RowShape known = shape.isPresent() ? shape.get() : decided(row);
        Columns.Taken taken = columns.take(row, known.keys());
        if (!known.name().equals(TemplateShape.NAME)) {
            parseStructured(row);
        }
        return new ReadRow(known.read(row, allowEmpty), taken.tags(), taken.split(), taken.group());
    }

    /// Returns the name of the shape; empty before the first record.
    public String shape() {
        return shape.map(RowShape::name).orElse("");
    }

    /// Returns the columns that the options name and that no record had so far: tags, split and group.
    public List<String> missingColumns() {
        return columns.missing();
    }

    private RowShape decided(ObjectNode row) throws RowFault {
        ObjectNode seen = row.deepCopy();
        parseStructured(seen);
        columns.removeFrom(seen);
        Optional<RowShape> found = RowShapes.of(seen);
        if (found.isEmpty()) {
            throw UnknownShape.fault(seen);
        }
        shape = found;
        return found.get();
    }

    private static void parseStructured(ObjectNode row) throws RowFault {
        if (row.path(SYSTEM).asText().startsWith(BLOCKS)) {
            row.set(SYSTEM, StrictJson.parse(row.get(SYSTEM).textValue(), SYSTEM));
        }
        for (String key : STRUCTURED) {
            JsonNode value = row.get(key);
            if (value != null && value.isTextual()) {
                String text = value.textValue().strip();
                if (text.startsWith("[{'") || text.startsWith("{'")) {
                    throw RowFault.at(key, "is text in Python's notation, not JSON: write it with json.dumps");
                }
                if (text.startsWith("[") || text.startsWith("{")) {
                    row.set(key, StrictJson.parse(text, key));
                }
            }
        }
    }
}
