package dev.finetide.dataset.row;

import java.io.IOException;
import java.util.Optional;

/// Reads the rows of one uploaded file, in order, in constant memory.
public interface RowReader {
    /// Length of the longest accepted line or rendered text, in bytes.
    int LONGEST_ROW = 8 << 20;

    /// Result of reading one line: a row, or the reason why there is none.
    sealed interface Outcome {
        /// Returns the 1-based line on which the row starts.
        long line();
    }

    record Accepted(long line, CanonicalRow row) implements Outcome {}

    record Refused(long line, String reason) implements Outcome {}

    /// Reads the next outcome; empty at the end of the file.
    ///
    /// @throws IOException if the upload broke
    Optional<Outcome> next() throws IOException;
}
