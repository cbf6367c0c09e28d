package dev.finetide.dataset.shape;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.dataset.row.CanonicalRow;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.proto.dataset.v1.RowFormat;
import java.util.List;
import java.util.Set;

/// A form in which people write rows. Reads a record of it as a canonical row, and writes canonical rows in it.
/// Thread-safe.
public interface RowShape {
    String name();

    /// Returns the keys that records may have. A column that is taken out as a tag is left where it is one of these.
    Set<String> keys();

    /// Returns the keys of the records that [#write] makes, in their order.
    List<String> columns(RowFormat format);

    /// Tells whether a record has this shape, by its keys.
    boolean isIn(ObjectNode row);

    /// Reads a row. The record may be changed.
    ///
    /// @param allowEmpty whether empty prompts, empty answers and user turns at the end are accepted
    CanonicalRow read(ObjectNode row, boolean allowEmpty) throws RowFault;

    /// Writes a canonical row.
    ///
    /// @throws RowFault for a row that the shape cannot hold
    ObjectNode write(ObjectNode canonical) throws RowFault;
}
