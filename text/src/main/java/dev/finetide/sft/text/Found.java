package dev.finetide.sft.text;

/// Something that was found in a row.
///
/// @param field part of the row that is meant: `messages[1].tool_calls`; empty for the whole row
/// @param reason what is wrong, without text of the row
public record Found(RowFinding finding, String field, String reason) {
    /// Returns the reason with the part of the row that is meant.
    public String message() {
        return field.isEmpty() ? reason : field + ": " + reason;
    }
}
