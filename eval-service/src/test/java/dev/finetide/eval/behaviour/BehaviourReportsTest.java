package dev.finetide.eval.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.finetide.metrics.stats.Bootstrap;
import dev.finetide.proto.evaluation.v1.Aggregate;
import dev.finetide.proto.evaluation.v1.AnswerForm;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.Behaviour;
import dev.finetide.proto.evaluation.v1.BehaviourKind;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.EvaluationRows;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.MetricInfo;
import dev.finetide.proto.evaluation.v1.ProbeRows;
import dev.finetide.proto.evaluation.v1.Verdict;
import dev.finetide.proto.work.v1.WorkError;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BehaviourReportsTest {
    private static final long SEED = 20_260_101;

    private final Evaluation.Builder evaluation = Evaluation.newBuilder()
            .addArms(arm("base", ArmModel.BASE))
            .addArms(arm("tuned", ArmModel.TUNED))
            .setRows(EvaluationRows.newBuilder()
                    .setRows(100)
                    .addMetrics(MetricInfo.newBuilder()
                            .setName("accuracy")
                            .setHigherIsBetter(true)
                            .setAggregate(Aggregate.YES_NO)));
    private final List<ExampleResult> results = new ArrayList<>();

    @Test
    void aTunedModelThatForgetsIsWorseByTheDifferenceOfTheLosses() {
        probe("general texts", BehaviourKind.FORGETTING, 60);
        answer("base", "general texts", 60, row -> loss(20 + row % 7, 10));
        answer("tuned", "general texts", 60, row -> loss(25 + row % 5, 10));

        Behaviour found = only(BehaviourKind.FORGETTING);

        // 60 rows: sums 20 * 60 + (0 + .. + 6) * 8 + (0 + 1 + 2 + 3) and 25 * 60 + 10 * 12, of 600 tokens.
        assertThat(found.getBaseValue()).isCloseTo((1200 + 168 + 6) / 600.0, within(1e-12));
        assertThat(found.getValue()).isCloseTo((1500 + 120) / 600.0, within(1e-12));
        assertThat(found.getDifference()).isCloseTo(246 / 600.0, within(1e-12));
        assertThat(found.getLow()).isBetween(0.3, 0.41);
        assertThat(found.getHigh()).isBetween(0.41, 0.5);
        assertThat(found.getVerdict()).isEqualTo(Verdict.WORSE);
        assertThat(found.getName()).isEqualTo("loss");
        assertThat(found.getWords())
                .startsWith("tuned, forgetting: loss 2.700 on general texts, base 2.290: worse by 0.410 [0.3")
                .endsWith("(60 rows)");
    }

    @Test
    void modelsWithOtherTokensAreComparedByBytes() {
        probe("general texts", BehaviourKind.FORGETTING, 20);
        answer("base", "general texts", 20, row -> loss(20, 10).putScores("bytes", 40));
        answer("tuned", "general texts", 20, row -> loss(30, 12).putScores("bytes", 40));

        Behaviour found = only(BehaviourKind.FORGETTING);

        assertThat(found.getName()).isEqualTo("bits per byte");
        assertThat(found.getValue()).isCloseTo(30 / Math.log(2) / 40, within(1e-12));
    }

    @Test
    void theGapBetweenTrainAndHeldOutRowsIsThatOfBothArms() {
        probe("train", BehaviourKind.GENERALISATION, 80);
        answer("base", "train", 80, row -> right(row < 40));
        answer("tuned", "train", 80, row -> right(row < 76));
        answer("base", "", 100, row -> right(row < 50));
        answer("tuned", "", 100, row -> right(row < 60));

        List<Behaviour> found = of(BehaviourKind.GENERALISATION);

        assertThat(found).extracting(Behaviour::getName).containsExactly("accuracy", "accuracy gap");
        assertThat(found.getFirst().getVerdict()).isEqualTo(Verdict.BETTER);
        Behaviour gap = found.getLast();
        assertThat(gap.getValue()).isCloseTo(0.35, within(1e-12));
        assertThat(gap.getBaseValue()).isCloseTo(0, within(1e-12));
        assertThat(gap.getDifference()).isCloseTo(0.35, within(1e-12));
        assertThat(gap.getRows()).isEqualTo(180);
        // Newcombe's paired method 10 gives 0.45 [0.3319, 0.5561] and 0.10 [0.0380, 0.1599], computed by the paper's
        // formula in
        // Python; squaring and adding both distances gives the interval of the difference.
        assertThat(gap.getLow()).isCloseTo(0.217596, within(1e-5));
        assertThat(gap.getHigh()).isCloseTo(0.472905, within(1e-5));
        assertThat(gap.getVerdict()).isEqualTo(Verdict.WORSE);
    }

    @Test
    void rowsOfAnotherDomainThatAreAnsweredWorseMakeAPositiveGapOfTheLossToo() {
        probe("out-of-domain", BehaviourKind.GENERALISATION, 40);
        answer("base", "out-of-domain", 40, row -> loss(20 + row % 3, 10));
        answer("tuned", "out-of-domain", 40, row -> loss(30 + row % 3, 10));
        answer("base", "", 40, row -> loss(20 + row % 3, 10));
        answer("tuned", "", 40, row -> loss(10 + row % 3, 10));

        List<Behaviour> found = of(BehaviourKind.GENERALISATION);

        assertThat(found).extracting(Behaviour::getName).containsExactly("loss", "loss gap");
        assertThat(found.getFirst().getVerdict()).isEqualTo(Verdict.WORSE);
        assertThat(found.getLast().getValue()).isCloseTo(2, within(1e-12));
        assertThat(found.getLast().getBaseValue()).isCloseTo(0, within(1e-12));
        assertThat(found.getLast().getVerdict()).isEqualTo(Verdict.WORSE);
    }

    @Test
    void memoryAndRefusalsAreRatesWhereLessIsBetter() {
        probe("memory", BehaviourKind.MEMORISATION, 30);
        probe("harmless prompts", BehaviourKind.OVER_REFUSAL, 24);
        probe("harmful prompts", BehaviourKind.UNSAFE_ANSWERS, 24);
        rates("memory", 30, "memorised", 0, 20);
        rates("harmless prompts", 24, "refused", 3, 2);
        rates("harmful prompts", 24, "unsafe", 4, 20);

        assertThat(only(BehaviourKind.MEMORISATION).getVerdict()).isEqualTo(Verdict.WORSE);
        Behaviour refusals = only(BehaviourKind.OVER_REFUSAL);
        assertThat(refusals.getVerdict()).isEqualTo(Verdict.NOT_DISTINGUISHABLE);
        assertThat(refusals.getDifference()).isCloseTo(-1 / 24.0, within(1e-12));
        Behaviour unsafe = only(BehaviourKind.UNSAFE_ANSWERS);
        assertThat(unsafe.getVerdict()).isEqualTo(Verdict.WORSE);
        assertThat(unsafe.getWords())
                .startsWith("tuned, unsafe-answers: unsafe 0.833 on harmful prompts, base 0.167: worse by 0.667 [");
    }

    @Test
    void shortTrainAnswersShowNoMemoryAndOtherMissingProbesSayWhy() {
        evaluation
                .getRowsBuilder()
                .addProbes(ProbeRows.newBuilder()
                        .setName("memory")
                        .setKind(BehaviourKind.MEMORISATION)
                        .setTooShort(true)
                        .setNone("none to be seen: no train answer is long enough"))
                .addProbes(ProbeRows.newBuilder()
                        .setName("out-of-domain")
                        .setKind(BehaviourKind.GENERALISATION)
                        .setNone("the dataset has no split of another domain"));

        assertThat(only(BehaviourKind.MEMORISATION).getVerdict()).isEqualTo(Verdict.NOT_DISTINGUISHABLE);
        assertThat(only(BehaviourKind.MEMORISATION).getWords())
                .isEqualTo("tuned, memorisation: none to be seen: no train answer is long enough");
        Behaviour domain = only(BehaviourKind.GENERALISATION);
        assertThat(domain.getVerdict()).isEqualTo(Verdict.VERDICT_UNSPECIFIED);
        assertThat(domain.getUnmeasured()).isEqualTo("the dataset has no split of another domain");
    }

    @Test
    void formAndLengthAreComparedWithoutAnyProbe() {
        evaluation.clearArms().addArms(unprobed("base", ArmModel.BASE)).addArms(unprobed("tuned", ArmModel.TUNED));
        answer("base", "", 50, row -> form(100, 25, row < 10, row < 5).setOutputCut(true));
        answer("tuned", "", 50, row -> form(row % 2 == 0 ? 25 : 24, 25, row < 49, true));

        List<Behaviour> found = of(BehaviourKind.DRIFT);

        assertThat(found)
                .extracting(Behaviour::getName)
                .containsExactly(
                        "length off by doublings", "valid JSON", "expected language", "ended before the limit");
        assertThat(found).extracting(Behaviour::getVerdict).containsOnly(Verdict.BETTER);
        assertThat(found.getFirst().getBaseValue()).isCloseTo(Math.log(101 / 26.0) / Math.log(2), within(1e-12));
        assertThat(found.getFirst().getWords())
                .endsWith("answers are 0.980 times as long as expected, those of base 4.000 times");
        assertThat(found.get(1).getValue()).isCloseTo(0.98, within(1e-12));
    }

    @Test
    void rowsThatOnlyOneModelCouldBeAskedDoNotCount() {
        probe("general texts", BehaviourKind.FORGETTING, 30);
        answer("base", "general texts", 30, row -> row < 10 ? result().setError("too long") : loss(20, 10));
        answer("tuned", "general texts", 30, row -> row > 24 ? result().setError("too long") : loss(21, 10));

        assertThat(only(BehaviourKind.FORGETTING).getRows()).isEqualTo(15);
        assertThat(only(BehaviourKind.FORGETTING).getBaseValue()).isCloseTo(2, within(1e-12));
    }

    @Test
    void withoutTheBaseNothingIsComparedAndThatIsSaid() {
        probe("memory", BehaviourKind.MEMORISATION, 3);
        evaluation.getArmsBuilder(0).setError(WorkError.newBuilder().setMessage("no"));

        assertThat(only(BehaviourKind.MEMORISATION).getUnmeasured())
                .isEqualTo("arm base, with which it would be compared, failed");
        assertThat(of(BehaviourKind.DRIFT)).isEmpty();
    }

    private void probe(String name, BehaviourKind kind, int rows) {
        evaluation
                .getRowsBuilder()
                .addProbes(ProbeRows.newBuilder().setName(name).setKind(kind).setRows(rows));
    }

    private void answer(String arm, String probe, int rows, IntFunction<ExampleResult.Builder> result) {
        IntStream.range(0, rows)
                .forEach(row -> results.add(result.apply(row)
                        .setArm(arm)
                        .setProbe(probe)
                        .setRow(row)
                        .build()));
    }

    private void rates(String probe, int rows, String name, int ofBase, int ofTuned) {
        answer("base", probe, rows, row -> result().putScores(name, row < ofBase ? 1 : 0));
        answer("tuned", probe, rows, row -> result().putScores(name, row < ofTuned ? 1 : 0));
    }

    private static ExampleResult.Builder result() {
        return ExampleResult.newBuilder();
    }

    private static ExampleResult.Builder loss(double nll, long tokens) {
        return result().setNll(nll).setTokens(tokens);
    }

    private static ExampleResult.Builder right(boolean right) {
        return result().putScores("accuracy", right ? 1 : 0);
    }

    private static ExampleResult.Builder form(long characters, long expected, boolean json, boolean language) {
        return result().setForm(AnswerForm.newBuilder()
                .setCharacters(characters)
                .setExpectedCharacters(expected)
                .setIsJson(json)
                .setSameLanguage(language));
    }

    private static EvaluationArm arm(String name, ArmModel model) {
        return unprobed(name, model).toBuilder().setProbed(true).build();
    }

    private static EvaluationArm unprobed(String name, ArmModel model) {
        return EvaluationArm.newBuilder()
                .setArm(Arm.newBuilder().setName(name).setModel(model))
                .build();
    }

    private Behaviour only(BehaviourKind kind) {
        List<Behaviour> found = of(kind);
        assertThat(found).hasSize(1);
        return found.getFirst();
    }

    private List<Behaviour> of(BehaviourKind kind) {
        return new BehaviourReports(
                        evaluation.build(),
                        results.stream().collect(Collectors.groupingBy(ExampleResult::getArm)),
                        (result, metric) ->
                                result.containsScores(metric) ? new double[] {result.getScoresOrThrow(metric)} : null,
                        new Bootstrap(SEED))
                .behaviours().stream().filter(found -> found.getKind() == kind).toList();
    }
}
