package dev.finetide.suitability;

import dev.finetide.proto.dataset.v1.Fitness;
import dev.finetide.proto.dataset.v1.ReportSection;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import java.util.List;

/// Lists the sections that need the rows alone.
public final class Sections {
    private Sections() {}

    /// Returns the sections in the order in which they are made. The verdict comes last.
    public static List<Section> all() {
        return List.of(new OpenVerdict());
    }

    private record OpenVerdict() implements Section {
        @Override
        public ReportSection kind() {
            return ReportSection.VERDICT;
        }

        @Override
        public void measure(RowScan rows, FoundRows found, SuitabilityReport.Builder report) {
            report.getVerdictBuilder()
                    .setFitness(Fitness.NOT_MEASURABLE)
                    .setSentence("Whether fine-tuning fits cannot be measured.");
        }
    }
}
