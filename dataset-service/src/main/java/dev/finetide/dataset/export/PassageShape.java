package dev.finetide.dataset.export;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.dataset.row.CanonicalRow;
import dev.finetide.dataset.row.DocumentRow;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.dataset.shape.RowShape;
import dev.finetide.proto.dataset.v1.RowFormat;
import java.util.List;
import java.util.Set;

/// The form in which passages of documents are written out. No record is read in it: documents are
/// pushed as files.
final class PassageShape implements RowShape {
    @Override
    public String name() {
        return "documents";
    }

    @Override
    public Set<String> keys() {
        return Set.copyOf(DocumentRow.KEYS);
    }

    @Override
    public List<String> columns(RowFormat format) {
        return DocumentRow.KEYS;
    }

    @Override
    public boolean isIn(ObjectNode row) {
        return false;
    }

    @Override
    public CanonicalRow read(ObjectNode row, boolean allowEmpty) throws RowFault {
        throw new RowFault("passages are made of documents, and no record is one");
    }

    @Override
    public ObjectNode write(ObjectNode canonical) {
        return canonical.deepCopy();
    }
}
