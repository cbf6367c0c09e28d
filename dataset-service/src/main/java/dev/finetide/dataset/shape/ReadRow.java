package dev.finetide.dataset.shape;

import dev.finetide.dataset.row.CanonicalRow;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// A row that was read from a record.
///
/// @param tags  values of the tag columns by their names; a record without a value has no tag
/// @param split value of the split column, if there is such a column
/// @param group value of the group column, if the record has one
public record ReadRow(
        CanonicalRow row, SortedMap<String, String> tags, Optional<String> split, Optional<String> group) {
    public ReadRow {
        tags = tags.isEmpty() ? Collections.emptySortedMap() : Collections.unmodifiableSortedMap(new TreeMap<>(tags));
    }
}
