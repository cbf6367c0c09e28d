package dev.finetide.suitability;

import dev.finetide.proto.dataset.v1.RowFound;
import java.io.IOException;

/// Takes rows with findings, which become the report's files, one for each kind.
@FunctionalInterface
public interface FoundRows {
    /// Adds a finding.
    ///
    /// @throws IOException if the finding cannot be written
    void add(RowFound found) throws IOException;
}
