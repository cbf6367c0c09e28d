package dev.finetide.suitability.verdict;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.suitability.Section;
import dev.finetide.suitability.contents.Contents;
import dev.finetide.suitability.curve.LearningCurve;
import dev.finetide.suitability.label.LabelIssues;
import dev.finetide.suitability.lasting.Lasting;
import dev.finetide.suitability.near.Duplicates;
import dev.finetide.suitability.permission.Permission;
import dev.finetide.suitability.relation.Contradictions;
import dev.finetide.suitability.relation.Relation;
import dev.finetide.suitability.relation.TrainRows;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PlantedSetsTest {
    @TempDir
    Path scratch;

    static Stream<PlantedSets.Planted> sets() {
        return new PlantedSets().all().stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("sets")
    void theVerdictIsTheRightPath(PlantedSets.Planted planted) throws IOException {
        TrainRows train = new TrainRows(scratch);
        SuitabilityReport.Builder report = SuitabilityReport.newBuilder();
        long started = System.nanoTime();
        for (Section section : List.of(
                new Contents(scratch),
                new Duplicates(scratch),
                new Contradictions(train),
                new LabelIssues(train),
                new Relation(train),
                new LearningCurve(train),
                new Lasting(Clock.fixed(Instant.parse("2026-11-30T00:00:00Z"), ZoneOffset.UTC)),
                new Permission(),
                new Verdict("projects/default/datasets/planted/versions/1"))) {
            planted.rows().measure(section, report);
        }
        System.out.printf(
                "%s: %s, %.1f s%n",
                planted.name(), report.getVerdict().getFitness(), (System.nanoTime() - started) / 1e9);
        assertThat(report.getVerdict().getFitness())
                .as(report.build().toString())
                .isIn(planted.right());
        assertThat(report.build().toString()).doesNotContain("nan").doesNotContain("inf\n");
    }
}
