package dev.finetide.suitability;

import dev.finetide.proto.dataset.v1.ReportSection;
import dev.finetide.proto.dataset.v1.SuitabilityReport;

/// Writes down what a section did not measure, or measured on a part of the rows only.
///
/// @param report takes the entries
public record NotMeasured(ReportSection section, SuitabilityReport.Builder report) {
    /// @param what the measure: "languages"
    /// @param why clause that stands alone, without text of rows: "no row has letters"
    public void add(String what, String why) {
        report.addUnmeasuredBuilder().setSection(section).setWhat(what).setWhy(why);
    }
}
