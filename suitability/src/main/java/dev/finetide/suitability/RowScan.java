package dev.finetide.suitability;

import java.io.IOException;
import java.util.List;

/// Reads the rows of a dataset version as often as they are asked for.
public interface RowScan {
    /// Returns the splits that have rows: train, validation, test, then others by name.
    List<String> splits();

    /// Returns the number of rows of a split; 0 for a split that is not there.
    long rows(String split);

    /// Gives the rows of a split in their order, on the calling thread. Any number of scans may follow each other.
    ///
    /// @throws IOException if a shard is missing or is not what its digest says
    void read(String split, Use use) throws IOException;

    /// Takes one row.
    @FunctionalInterface
    interface Use {
        void take(ReportRow row) throws IOException;
    }
}
