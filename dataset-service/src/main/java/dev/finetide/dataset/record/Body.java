package dev.finetide.dataset.record;

import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.dataset.row.RowFault;

/// The content of a record, at most 8 MiB.
public interface Body {
    /// Parses the record.
    JsonNode json() throws RowFault;

    /// Returns the record as text, for the file of refused rows: its JSON, or a JSON object of its fields.
    String raw();

    /// Returns about how many bytes of memory the record takes, to bound how many wait for a thread.
    int sizeBytes();
}
