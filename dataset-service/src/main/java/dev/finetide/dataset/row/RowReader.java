package dev.finetide.dataset.row;

import java.io.IOException;
import java.util.Optional;

/// The rows of one uploaded file, in order, in constant memory.
public interface RowReader {
    /// The longest line or rendered text accepted, in bytes.
    int LONGEST_ROW = 8 << 20;

    /// What stands on one line: a row, or the reason why there is none.
    sealed interface Outcome {
        /// 1-based line on which the row starts.
        long line();
    }

    record Accepted(long line, CanonicalRow row) implements Outcome {}

    record Refused(long line, String reason) implements Outcome {}

    /// The next outcome; empty at the end of the file.
    ///
    /// @throws IOException the upload broke
    Optional<Outcome> next() throws IOException;
}
