package dev.finetide.suitability;

import dev.finetide.suitability.contents.Contents;
import dev.finetide.suitability.curve.LearningCurve;
import dev.finetide.suitability.label.LabelIssues;
import dev.finetide.suitability.lasting.Lasting;
import dev.finetide.suitability.near.Duplicates;
import dev.finetide.suitability.permission.Permission;
import dev.finetide.suitability.relation.Contradictions;
import dev.finetide.suitability.relation.Relation;
import dev.finetide.suitability.relation.TrainRows;
import dev.finetide.suitability.verdict.Verdict;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;

/// Lists the sections that need the rows alone.
public final class Sections {
    private Sections() {}

    /// Returns the sections in the order in which they are made. The verdict comes last.
    ///
    /// @param scratch folder of temporary files
    /// @param clock   time of the report, by which a date is recent
    /// @param version name of the dataset version, for the commands that the verdict advises
    public static List<Section> all(Path scratch, Clock clock, String version) {
        TrainRows train = new TrainRows(scratch);
        return List.of(
                new Contents(scratch),
                new Duplicates(scratch),
                new Contradictions(train),
                new LabelIssues(train),
                new Relation(train),
                new LearningCurve(train),
                new Lasting(clock),
                new Permission(),
                new Verdict(version));
    }
}
