package dev.finetide.eval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.evaluation.v1.Aggregate;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.EvaluationRows;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.MetricInfo;
import dev.finetide.proto.evaluation.v1.RowFacts;
import dev.finetide.proto.evaluation.v1.Slice;
import dev.finetide.proto.evaluation.v1.Task;
import dev.finetide.proto.evaluation.v1.Verdict;
import dev.finetide.proto.worker.v1.EvaluationFinished;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SliceReportsTest {
    private static final int ROWS = 200;

    /// Every fifth row is from the north, where training has broken what the base could do.
    private static boolean isNorth(int row) {
        return row % 5 == 0;
    }

    private static RowFacts facts(int row) {
        return RowFacts.newBuilder()
                .putTags("region", isNorth(row) ? "north" : "south")
                .putTags("customer", "c" + row)
                .setLabel(row % 2 == 0 ? "refund" : "billing")
                .setInputCharacters(20 + row)
                .setTrainSimilarity(row % 3 == 0 ? 0.1 : 0.7)
                .setLeaked(row < 4)
                .build();
    }

    private static EvaluationReport report() {
        SplittableRandom random = new SplittableRandom(5);
        List<ExampleResult> outcomes = new ArrayList<>();
        for (int row = 0; row < ROWS; row++) {
            boolean base = random.nextDouble() < (isNorth(row) ? 0.9 : 0.2);
            boolean tuned = random.nextDouble() < (isNorth(row) ? 0.2 : 0.9);
            outcomes.add(outcome("base", row, base));
            outcomes.add(outcome("tuned", row, tuned));
        }
        return new EvaluationReports(evaluation(), outcomes).report(EvaluationFinished.getDefaultInstance());
    }

    private static ExampleResult outcome(String arm, int row, boolean right) {
        return ExampleResult.newBuilder()
                .setArm(arm)
                .setRow(row)
                .putScores("accuracy", right ? 1 : 0)
                .setFacts(facts(row))
                .build();
    }

    private static Evaluation evaluation() {
        return Evaluation.newBuilder()
                .addArms(arm("base", ArmModel.BASE))
                .addArms(arm("tuned", ArmModel.TUNED))
                .setRows(EvaluationRows.newBuilder()
                        .setRows(ROWS)
                        .setTask(Task.CLASSIFICATION)
                        .addMetrics(MetricInfo.newBuilder()
                                .setName("accuracy")
                                .setHigherIsBetter(true)
                                .setAggregate(Aggregate.YES_NO)))
                .build();
    }

    private static EvaluationArm arm(String name, ArmModel model) {
        return EvaluationArm.newBuilder()
                .setArm(Arm.newBuilder().setName(name).setModel(model))
                .build();
    }

    @Test
    void aSliceThatTrainingBrokeIsFoundAndNamedInTheRecommendation() {
        EvaluationReport report = report();

        Slice north = slice(report, "tag region", "north");
        assertThat(north.getRows()).isEqualTo(40);
        assertThat(north.getScoresOrThrow("base").getValue()).isGreaterThan(0.8);
        assertThat(north.getScoresOrThrow("tuned").getValue()).isLessThan(0.4);
        assertThat(north.getComparisons(0).getVerdict()).isEqualTo(Verdict.WORSE);
        assertThat(slice(report, "tag region", "south").getComparisons(0).getVerdict())
                .isEqualTo(Verdict.BETTER);
        assertThat(report.getRecommendation().getArm()).isEqualTo("tuned");
        assertThat(report.getRecommendation().getCautionsList())
                .singleElement()
                .asString()
                .startsWith("tag region north (40 rows): tuned is worse than base by 0.");
    }

    @Test
    void slicesOfWhichNothingCanBeSaidAreLeftOut() {
        EvaluationReport report = report();

        // Each customer has one row, four rows are leaked.
        assertThat(report.getSlicesList()).extracting(Slice::getField).doesNotContain("tag customer");
        assertThat(values(report, "leaked")).containsExactly("no 196");
        assertThat(values(report, "label")).containsExactlyInAnyOrder("refund 100", "billing 100");
        assertThat(values(report, "train similarity")).containsExactly("0.6 or more 133", "below 0.3 67");
        assertThat(values(report, "input length"))
                .containsExactly(
                        "at most 69 characters 50",
                        "70 to 119 characters 50",
                        "120 to 169 characters 50",
                        "170 to 219 characters 50");
    }

    @Test
    void rowsOfOneLengthAreNotCut() {
        var facts = new TreeMap<Integer, RowFacts>();
        IntStream.range(0, 50)
                .forEach(row -> facts.put(
                        row, RowFacts.newBuilder().setInputCharacters(7).build()));

        assertThat(new RowSlices(facts).groups()).isEmpty();
        assertThat(new RowSlices(new TreeMap<>()).groups()).isEmpty();
    }

    /// In 40 slices of pure chance, two would be "worse" at 5 % each.
    @Test
    void chanceFindsNoSlice() {
        int falselyFound = 0;
        for (int seed = 0; seed < 20; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            List<ExampleResult> outcomes = new ArrayList<>();
            for (int row = 0; row < ROWS; row++) {
                RowFacts.Builder facts = RowFacts.newBuilder();
                for (int tag = 0; tag < 10; tag++) {
                    facts.putTags("t" + tag, "v" + random.nextInt(4));
                }
                for (String arm : List.of("base", "tuned")) {
                    outcomes.add(outcome(arm, row, random.nextBoolean()).toBuilder()
                            .setFacts(facts)
                            .build());
                }
            }
            EvaluationReport report =
                    new EvaluationReports(evaluation(), outcomes).report(EvaluationFinished.getDefaultInstance());
            assertThat(report.getSlicesList()).hasSize(40);
            if (report.getSlicesList().stream()
                    .flatMap(slice -> slice.getComparisonsList().stream())
                    .anyMatch(pair -> pair.getVerdict() != Verdict.NOT_DISTINGUISHABLE)) {
                falselyFound++;
            }
        }
        assertThat(falselyFound).isLessThanOrEqualTo(3);
    }

    private static Slice slice(EvaluationReport report, String field, String value) {
        return report.getSlicesList().stream()
                .filter(slice ->
                        slice.getField().equals(field) && slice.getValue().equals(value))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> values(EvaluationReport report, String field) {
        return report.getSlicesList().stream()
                .filter(slice -> slice.getField().equals(field))
                .map(slice -> slice.getValue() + " " + slice.getRows())
                .toList();
    }
}
