package dev.finetide.suitability;

import dev.finetide.proto.dataset.v1.ReportSection;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import java.io.IOException;

/// Makes one section of a report. Memory does not grow with the rows beyond a few bytes for each.
public interface Section {
    ReportSection kind();

    /// Reads the rows, as often as it takes, and fills in this section's message and its entries of
    /// `unmeasured`. A number that cannot be measured stays absent, and an entry says why.
    ///
    /// @param found takes each row with a finding, in an order that is the same for the same rows
    /// @param report the sections before this one; the caller adds to `done`
    /// @throws IOException if rows cannot be read, or findings cannot be written
    void measure(RowScan rows, FoundRows found, SuitabilityReport.Builder report) throws IOException;
}
