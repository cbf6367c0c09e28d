package dev.finetide.suitability;

import dev.finetide.proto.dataset.v1.Fitness;
import dev.finetide.proto.dataset.v1.ReportSection;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.suitability.contents.Contents;
import dev.finetide.suitability.lasting.Lasting;
import dev.finetide.suitability.near.Duplicates;
import dev.finetide.suitability.permission.Permission;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;

/// Lists the sections that need the rows alone.
public final class Sections {
    private Sections() {}

    /// Returns the sections in the order in which they are made. The verdict comes last.
    ///
    /// @param scratch folder of temporary files
    /// @param clock   time of the report, which decides whether a date is past
    /// @param version name of the dataset version, for the commands that the verdict advises
    public static List<Section> all(Path scratch, Clock clock, String version) {
        return List.of(
                new Contents(scratch),
                new Duplicates(scratch),
                new Lasting(clock),
                new Permission(),
                new OpenVerdict());
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
