package dev.finetide.dataset.record;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.dataset.row.CanonicalJson;

/// A record of a container that is not JSON, as a JSON object.
record TreeBody(ObjectNode tree) implements Body {
    private static final int VALUE_BYTES = 16;

    @Override
    public JsonNode json() {
        // The reader of the row changes what it reads.
        return tree.deepCopy();
    }

    @Override
    public String raw() {
        return CanonicalJson.text(tree);
    }

    @Override
    public int sizeBytes() {
        return size(tree);
    }

    /// Returns the length of all texts, and some bytes for every value.
    private static int size(JsonNode node) {
        int size = VALUE_BYTES + (node.isTextual() ? node.textValue().length() : 0);
        for (JsonNode child : node) {
            size += size(child);
        }
        return size;
    }
}
