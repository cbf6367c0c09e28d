package dev.finetide.dataset.record;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.dataset.row.CanonicalJson;

/// A record of a container that is not JSON, as a JSON object.
record TreeBody(ObjectNode tree) implements Body {
    @Override
    public JsonNode json() {
        // The reader of the row changes what it reads.
        return tree.deepCopy();
    }

    @Override
    public String raw() {
        return CanonicalJson.text(tree);
    }
}
