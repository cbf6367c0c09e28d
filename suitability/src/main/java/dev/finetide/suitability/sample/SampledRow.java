package dev.finetide.suitability.sample;

import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.RowFound;

/// A row that measures look at.
///
/// @param number 1-based number of the row in its split
/// @param id first 16 hex digits of the row's digest
/// @param question everything that the user says before the answer, cut where it is very long
/// @param answer the last answer, with its calls as JSON; cut where it is very long
/// @param calls calls that are right as JSON, `[]` for none; empty in rows without tools
/// @param offersTools whether the row offers functions
public record SampledRow(
        String split, long number, String id, String question, String answer, String calls, boolean offersTools) {
    /// Starts a finding about this row.
    public RowFound.Builder found(FoundKind kind) {
        return RowFound.newBuilder()
                .setKind(kind)
                .setSplit(split)
                .setNumber(number)
                .setId(id);
    }
}
