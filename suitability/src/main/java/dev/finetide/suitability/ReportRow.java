package dev.finetide.suitability;

import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.sft.text.TextRow;
import java.util.SortedMap;

/// A row that a report looks at.
///
/// @param number 1-based number of the row in its split
/// @param id first 16 hex digits of the SHA-256 of the canonical row without tags
/// @param tags values by names, without an order that means anything
public record ReportRow(String split, long number, String id, TextRow row, SortedMap<String, String> tags) {
    /// Returns a finding in this row.
    ///
    /// @param what kind of what was found, or the part of the row; never its text
    public RowFound found(FoundKind kind, String what) {
        return RowFound.newBuilder()
                .setKind(kind)
                .setSplit(split)
                .setNumber(number)
                .setId(id)
                .setWhat(what)
                .build();
    }
}
