package dev.finetide.dataset.shape;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.dataset.row.JsonRow;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.ReadOptions;
import dev.finetide.proto.dataset.v1.SplitRules;
import java.util.Optional;
import java.util.TreeMap;

/// Turns records into canonical rows. The first record decides the shape, unless the options name it. Safe for several
/// threads once the shape is decided.
public final class RowReading {
    private final ReadOptions options;
    private final SplitRules split;
    private volatile String shape = "";

    /// @throws ApiException INVALID_FIELD for an unknown shape and for a template that cannot be read
    public RowReading(ReadOptions options, SplitRules split) {
        this.options = options;
        this.split = split;
    }

    /// Reads a row. The record may be changed.
    ///
    /// @throws RowFault if the record is no row
    public ReadRow read(JsonNode record) throws RowFault {
        if (!(record instanceof ObjectNode object)) {
            throw new RowFault("the row is not a JSON object");
        }
        shape = object.has("messages") ? "openai" : "prompt-completion";
        Optional<String> part =
                Optional.ofNullable(object.get(split.getColumn())).map(JsonNode::asText);
        return new ReadRow(JsonRow.of(object, options.getAllowEmpty()), new TreeMap<>(), part, Optional.empty());
    }

    /// Returns the name of the shape; empty before the first record.
    public String shape() {
        return shape;
    }
}
