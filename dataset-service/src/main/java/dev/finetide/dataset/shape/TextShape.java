package dev.finetide.dataset.shape;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.dataset.row.CanonicalRow;
import dev.finetide.dataset.row.JsonRow;
import dev.finetide.dataset.row.Keys;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.modelfiles.row.RowForm;
import dev.finetide.proto.dataset.v1.RowFormat;
import java.util.List;
import java.util.Set;

/// A text, all of which is learnt: `{"text": "..."}`.
final class TextShape implements RowShape {
    private static final String TEXT = "text";

    @Override
    public String name() {
        return TEXT;
    }

    @Override
    public Set<String> keys() {
        return Set.of(TEXT);
    }

    @Override
    public List<String> columns(RowFormat format) {
        return List.of(TEXT);
    }

    @Override
    public boolean isIn(ObjectNode row) {
        return row.path(TEXT).isTextual()
                && row.properties().stream()
                        .allMatch(member -> member.getKey().equals(TEXT) || RowForm.isAbsent(member.getValue()));
    }

    @Override
    public CanonicalRow read(ObjectNode row, boolean allowEmpty) throws RowFault {
        ShapeKeys.checkKnown(row, keys(), "");
        return JsonRow.text(Keys.string(row, TEXT, ""));
    }

    @Override
    public ObjectNode write(ObjectNode canonical) throws RowFault {
        if (!canonical.has(TEXT)) {
            throw new RowFault("the row is not a text, and the shape text holds nothing else");
        }
        return canonical.deepCopy();
    }
}
