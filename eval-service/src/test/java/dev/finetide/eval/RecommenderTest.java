package dev.finetide.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.finetide.proto.evaluation.v1.Aggregate;
import dev.finetide.proto.evaluation.v1.AnswerLeaks;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.ArmReport;
import dev.finetide.proto.evaluation.v1.Comparison;
import dev.finetide.proto.evaluation.v1.DataFindings;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.EvaluationRows;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.Examples;
import dev.finetide.proto.evaluation.v1.MetricInfo;
import dev.finetide.proto.evaluation.v1.MetricStatistics;
import dev.finetide.proto.evaluation.v1.Path;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.proto.evaluation.v1.Recommendation;
import dev.finetide.proto.evaluation.v1.Retrieval;
import dev.finetide.proto.evaluation.v1.Task;
import dev.finetide.proto.evaluation.v1.Verdict;
import dev.finetide.proto.model.v1.ModelKind;
import dev.finetide.proto.worker.v1.EvaluationFinished;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;

/// Outcomes whose best path is known, from the rows to the recommendation.
class RecommenderTest {
    private static final int ROWS = 200;

    private final Evaluation.Builder evaluation = Evaluation.newBuilder()
            .setRows(EvaluationRows.newBuilder()
                    .setRows(ROWS)
                    .addMetrics(metric("exact_match", Aggregate.YES_NO, true))
                    .addMetrics(metric("loss", Aggregate.RATIO, false))
                    .setData(DataFindings.newBuilder().setTrainRows(1000)));
    private final List<ExampleResult> outcomes = new ArrayList<>();

    @Test
    void trainingIsRecommendedWhereItBeatsEveryCheaperArm() {
        arm("base", ArmModel.BASE, 0, row -> false);
        arm("few-shot", ArmModel.BASE, 4, row -> row % 3 == 0);
        arm("tuned", ArmModel.TUNED, 0, row -> row % 10 != 0);
        Recommendation recommendation = report().getRecommendation();
        assertThat(recommendation.getArm()).isEqualTo("tuned");
        assertThat(recommendation.getPath()).isEqualTo(Path.LORA);
        assertThat(recommendation.getReasonsList())
                .anySatisfy(reason -> assertThat(reason)
                        .contains("tuned is better than few-shot by 0.565 [")
                        .contains("120 rows won, 7 lost, 73 tied"));
    }

    @Test
    void fewShotIsRecommendedWhereTrainingIsNoBetter() {
        arm("base", ArmModel.BASE, 0, row -> row % 10 == 0);
        arm("few-shot", ArmModel.BASE, 4, row -> row % 10 != 0);
        arm("tuned", ArmModel.TUNED, 0, row -> row % 10 != 1 && row != 5);
        Recommendation recommendation = report().getRecommendation();
        assertThat(recommendation.getArm()).isEqualTo("few-shot");
        assertThat(recommendation.getPath()).isEqualTo(Path.FEW_SHOT);
        assertThat(recommendation.getAdvice())
                .isEqualTo("Put solved examples into the prompt (arm few-shot, asked with 4 similar examples): "
                        + "no costlier arm is better.");
        assertThat(recommendation.getReasonsList())
                .anySatisfy(reason -> assertThat(reason).contains("few-shot is not distinguishable from tuned: 0.005"));
    }

    @Test
    void lookingUpIsRecommendedWhereTrainingKnowsTheAnswersNoBetter() {
        evaluation
                .getRowsBuilder()
                .getDataBuilder()
                .setAnswerLeaks(AnswerLeaks.newBuilder().setChecked(200).setFound(12));
        arm("base", ArmModel.BASE, 0, row -> row % 10 == 0);
        arm("few-shot", ArmModel.BASE, 4, row -> row % 5 == 0);
        passages("rag", ArmModel.BASE, row -> row % 10 != 0);
        arm("tuned", ArmModel.TUNED, 0, row -> row % 4 == 0);
        Recommendation recommendation = report().getRecommendation();
        assertThat(recommendation.getArm()).isEqualTo("rag");
        assertThat(recommendation.getPath()).isEqualTo(Path.RETRIEVAL);
        assertThat(recommendation.getAdvice())
                .isEqualTo(
                        "Look answers up, and put what is found into the prompt (arm rag, asked with 3 passages looked"
                                + " up by words): no costlier arm is better.");
        assertThat(recommendation.getCautionsList())
                .anySatisfy(
                        caution -> assertThat(caution).startsWith("12 of 200 expected answers stand word for word"));
    }

    @Test
    void trainingAndLookingUpAreRecommendedWhereFormAndFactsAreNeeded() {
        Retrieval trained = Retrieval.newBuilder().setCount(3).build();
        arm("base", ArmModel.BASE, 0, row -> false);
        passages("rag", ArmModel.BASE, row -> row % 3 == 0);
        arm("tuned", ArmModel.TUNED, 0, row -> row % 2 == 0);
        passages("both", ArmModel.TUNED, row -> row % 20 != 0);
        Recommendation recommendation = report().getRecommendation();
        assertThat(recommendation.getArm()).isEqualTo("both");
        assertThat(recommendation.getPath()).isEqualTo(Path.LORA_RETRIEVAL);
        assertThat(recommendation.getCautionsList())
                .containsExactly(
                        "both is asked with 3 passages looked up by words, and its model was trained without passages");
        evaluation.getArmsBuilder(3).setTrainedPassages(trained);
        assertThat(report().getRecommendation().getCautionsList()).isEmpty();
    }

    @Test
    void aDifferenceThatTheRowsCannotShowAsksForMoreRows() {
        arm("base", ArmModel.BASE, 0, row -> row % 2 == 0);
        arm("tuned", ArmModel.TUNED, 0, row -> row % 2 == 0 && row > 9 || row % 20 == 1);
        EvaluationReport report = report();
        assertThat(report.getRecommendation().getArm()).isEqualTo("base");
        Comparison pair = report.getComparisons(0);
        assertThat(pair.getVerdict()).isEqualTo(Verdict.NOT_DISTINGUISHABLE);
        assertThat(pair.getRowsNeeded()).isGreaterThan(ROWS);
        assertThat(report.getRecommendation().getWouldChangeList())
                .anySatisfy(change -> assertThat(change)
                        .contains("more test rows: about %,d would show".formatted(pair.getRowsNeeded())));
    }

    @Test
    void contradictingAnswersRuleTrainingOut() {
        evaluation.getRowsBuilder().getDataBuilder().setContradictingRows(300);
        arm("base", ArmModel.BASE, 0, row -> false);
        arm("few-shot", ArmModel.BASE, 4, row -> row % 3 == 0);
        arm("tuned", ArmModel.TUNED, 0, row -> row % 10 != 0);
        Recommendation recommendation = report().getRecommendation();
        assertThat(recommendation.getArm()).isEqualTo("few-shot");
        assertThat(recommendation.getAdvice()).startsWith("Do not train on these rows");
        assertThat(recommendation.getReasonsList())
                .contains("300 of 1000 train rows have a question that also stands there with another answer");
    }

    @Test
    void onlyTrainedArmsWithContradictingAnswersLeaveNothing() {
        evaluation.getRowsBuilder().getDataBuilder().setContradictingRows(300);
        arm("tuned", ArmModel.TUNED, 0, row -> row % 10 != 0);
        assertThat(report().getRecommendation().getArm()).isEmpty();
        assertThat(report().getRecommendation().getAdvice()).startsWith("Do not train");
    }

    @Test
    void noArmIsRecommendedWhereNoneGivesARightAnswer() {
        arm("base", ArmModel.BASE, 0, row -> false);
        arm("tuned", ArmModel.TUNED, 0, row -> false);
        Recommendation recommendation = report().getRecommendation();
        assertThat(recommendation.getArm()).isEmpty();
        assertThat(recommendation.getAdvice()).startsWith("Take none of these arms");
    }

    @Test
    void anArmWithoutARightAnswerIsNoPathThoughTheRowsCannotTellItFromABetterOne() {
        arm("base", ArmModel.BASE, 0, row -> false);
        arm("tuned", ArmModel.TUNED, 0, row -> row == 7);
        EvaluationReport report = report();
        assertThat(report.getComparisons(0).getVerdict()).isEqualTo(Verdict.NOT_DISTINGUISHABLE);
        assertThat(report.getRecommendation().getArm()).isEqualTo("tuned");
    }

    @Test
    void contradictionsAreSaidFirstWhereNoArmIsRight() {
        evaluation.getRowsBuilder().getDataBuilder().setContradictingRows(300);
        arm("base", ArmModel.BASE, 0, row -> false);
        assertThat(report().getRecommendation().getAdvice()).startsWith("Do not train on these rows");
    }

    @Test
    void theApprovedVersionIsKeptWhereNothingIsBetter() {
        arm("approved", ArmModel.TUNED, 0, row -> row % 10 != 0);
        evaluation.getArmsBuilder(0).setApproved(true);
        arm("base", ArmModel.BASE, 0, row -> false);
        assertThat(report().getRecommendation().getAdvice())
                .isEqualTo("Keep the approved version (arm approved): nothing is better.");
    }

    @Test
    void anArmThatFailedIsNotRecommended() {
        arm("base", ArmModel.BASE, 0, row -> true);
        evaluation.getArmsBuilder(0).getErrorBuilder().setMessage("too long");
        arm("tuned", ArmModel.TUNED, 0, row -> row % 10 != 0);
        assertThat(report().getRecommendation().getArm()).isEqualTo("tuned");
    }

    @Test
    void lowerLossIsBetterAndTheSignSaysSo() {
        arm("base", ArmModel.BASE, 0, row -> false);
        arm("tuned", ArmModel.TUNED, 0, row -> row % 10 != 0);
        Comparison loss = report().getComparisonsList().stream()
                .filter(pair -> pair.getMetric().equals("loss"))
                .findFirst()
                .orElseThrow();
        assertThat(loss.getArm()).isEqualTo("tuned");
        assertThat(loss.getDifference()).isPositive();
        assertThat(loss.getLow()).isPositive();
        assertThat(loss.getVerdict()).isEqualTo(Verdict.BETTER);
    }

    @Test
    void aTrainingPaysForItselfByShorterRequests() {
        arm("few-shot", ArmModel.BASE, 8, row -> row % 3 == 0);
        arm("tuned", ArmModel.TUNED, 0, row -> row % 10 != 0);
        ArmReport tuned = report().getArms(1);
        assertThat(tuned.getRequestsPerSecond()).isEqualTo(10);
        assertThat(report().getArms(0).getRequestsPerSecond()).isEqualTo(2);
        // 20 s of training, 0.4 s less a request
        assertThat(tuned.getBreakEvenRequests()).isEqualTo(50);
    }

    @Test
    void theMostConfusedLabelsAreNamed() {
        evaluation.getRowsBuilder().addAllLabels(List.of("refund", "transfer", "card"));
        arm("base", ArmModel.BASE, 0, row -> true);
        outcomes.replaceAll(outcome -> outcome.toBuilder()
                .putStatistics(
                        "macro_f1",
                        MetricStatistics.newBuilder()
                                .addValues(outcome.getRow() < 5 ? 0 : 2)
                                .addValues(outcome.getRow() < 3 ? 1 : outcome.getRow() < 5 ? -1 : 2)
                                .build())
                .build());
        assertThat(report().getArms(0).getConfusedList())
                .extracting(pair -> pair.getExpected() + " -> " + pair.getAnswer() + " " + pair.getRows())
                .containsExactly("refund -> transfer 3", "refund ->  2");
    }

    @Test
    void aLinearModelIsTakenWhereNoLanguageModelIsBetter() {
        arm("base", ArmModel.BASE, 0, row -> row % 3 == 0);
        arm("few-shot", ArmModel.BASE, 4, row -> row % 10 != 0);
        arm("linear", ArmModel.LINEAR, 0, row -> row % 10 != 1);
        arm("tuned", ArmModel.TUNED, 0, row -> row % 10 != 2);
        Recommendation recommendation = report().getRecommendation();
        assertThat(recommendation.getArm()).isEqualTo("linear");
        assertThat(recommendation.getPath()).isEqualTo(Path.LINEAR_MODEL);
        assertThat(recommendation.getAdvice())
                .isEqualTo("Take the linear model of words (arm linear, asked by its words alone). It is as good: "
                        + "no language model is needed. Of the others, no costlier arm is better.");
    }

    @Test
    void aLinearModelThatIsWorseIsNotTaken() {
        arm("linear", ArmModel.LINEAR, 0, row -> row % 3 == 0);
        arm("tuned", ArmModel.TUNED, 0, row -> row % 10 != 2);
        assertThat(report().getRecommendation().getArm()).isEqualTo("tuned");
    }

    @Test
    void aLinearModelLearnsContradictionsAsTrainingDoes() {
        evaluation.getRowsBuilder().getDataBuilder().setContradictingRows(300);
        arm("base", ArmModel.BASE, 0, row -> row % 3 == 0);
        arm("linear", ArmModel.LINEAR, 0, row -> row % 10 != 1);
        assertThat(report().getRecommendation().getArm()).isEqualTo("base");
    }

    @Test
    void anEndpointIsTakenOnlyWhereItIsBetterThanEveryOtherArm() {
        arm("tuned", ArmModel.TUNED, 0, row -> row % 10 != 0);
        arm("gpt", ArmModel.ENDPOINT, 0, row -> row % 10 != 1);
        EvaluationReport equal = report();
        assertThat(equal.getRecommendation().getArm()).isEqualTo("tuned");
        assertThat(equal.getArms(1).getPath()).isEqualTo(Path.ELSEWHERE);
        assertThat(equal.getArms(1).getPrice()).isCloseTo(0.4, within(1e-9));
        assertThat(equal.getArms(1).getPriceOf1000Requests()).isCloseTo(2, within(1e-9));
        assertThat(equal.getArms(0).getBreakEvenRequests()).isZero();

        evaluation.clearArms();
        outcomes.clear();
        arm("tuned", ArmModel.TUNED, 0, row -> row % 3 == 0);
        arm("gpt", ArmModel.ENDPOINT, 0, row -> row % 10 != 1);
        Recommendation better = report().getRecommendation();
        assertThat(better.getPath()).isEqualTo(Path.ELSEWHERE);
        assertThat(better.getAdvice())
                .isEqualTo("Take the answers from elsewhere (arm gpt, asked without any other text): "
                        + "no arm of your own is as good.");
        assertThat(better.getReasonsList()).contains("1,000 requests to gpt cost 2.000 by its prices");
    }

    @Test
    void whatAnArmHasPaidIsShownThoughItFailedAndRowsWithoutAnAnswerAreCounted() {
        arm("base", ArmModel.BASE, 0, row -> true);
        arm("gpt", ArmModel.ENDPOINT, 0, row -> row > 3);
        outcomes.replaceAll(outcome -> outcome.getArm().equals("gpt") && outcome.getRow() % 50 == 7
                ? outcome.toBuilder().setError("no answer within 60 s").build()
                : outcome);
        ArmReport whole = report().getArms(1);
        assertThat(whole.getUnansweredRows()).isEqualTo(4);
        assertThat(whole.getFirstRowError()).isEqualTo("row 8: no answer within 60 s");

        evaluation.getArmsBuilder(1).getErrorBuilder().setMessage("429");
        ArmReport failed = report().getArms(1);
        assertThat(failed.getPrice()).isCloseTo(0.4, within(1e-9));
        assertThat(failed.getScoresMap()).isEmpty();
        assertThat(failed.getRows()).isZero();
    }

    @Test
    void functionsAreRecommendedWhereTheAnswersNeedASystem() {
        evaluation
                .getRowsBuilder()
                .setTask(Task.FUNCTION_CALLS)
                .addMetrics(metric("invented_call", Aggregate.YES_NO, false))
                .addMetrics(metric("invalid_arguments", Aggregate.YES_NO, false));
        arm("base", ArmModel.BASE, 0, row -> row % 4 == 0);
        arm("few-shot", ArmModel.BASE, 4, row -> row % 2 == 0);
        arm("tuned", ArmModel.TUNED, 0, row -> row % 10 != 0);
        outcomes.replaceAll(outcome -> outcome.toBuilder()
                .putScores("invented_call", outcome.getRow() % 100 == 0 ? 1 : 0)
                .putScores("invalid_arguments", outcome.getRow() % 20 == 0 ? 1 : 0)
                .build());
        Recommendation recommendation = report().getRecommendation();
        assertThat(recommendation.getArm()).isEqualTo("tuned");
        assertThat(recommendation.getAdvice())
                .isEqualTo("Let the model call functions, because the answers need a system. "
                        + "Train with LoRA (arm tuned, asked as trained).");
        assertThat(recommendation.getReasonsList())
                .contains("tuned calls a function that is not offered in 0.010 of its answers, and gives arguments"
                        + " that a schema refuses in 0.050");
    }

    @Test
    void theCheapestOfSixEqualArmsIsTaken() {
        passages("both", ArmModel.TUNED, row -> row % 10 != 0);
        arm("gpt", ArmModel.ENDPOINT, 0, row -> row % 10 != 1);
        arm("tuned", ArmModel.TUNED, 0, row -> row % 10 != 2);
        passages("rag", ArmModel.BASE, row -> row % 10 != 3);
        arm("few-shot", ArmModel.BASE, 4, row -> row % 10 != 4);
        arm("base", ArmModel.BASE, 0, row -> row % 10 != 5);
        Recommendation recommendation = report().getRecommendation();
        assertThat(recommendation.getArm()).isEqualTo("base");
        assertThat(recommendation.getPath()).isEqualTo(Path.PROMPT);
    }

    @Test
    void whereAnswersChangeThePassagesOfATrainedChoiceAreNamed() {
        passages("rag", ArmModel.BASE, row -> row % 2 == 0);
        arm("tuned", ArmModel.TUNED, 0, row -> row % 10 != 0);
        assertThat(report().getRecommendation().getWouldChangeList())
                .contains("answers that change often: passages follow new data at once, a trained model only after the"
                        + " next training");
    }

    private EvaluationReport report() {
        return new EvaluationReports(evaluation.build(), outcomes).report(EvaluationFinished.getDefaultInstance());
    }

    private static MetricInfo metric(String name, Aggregate aggregate, boolean higherIsBetter) {
        return MetricInfo.newBuilder()
                .setName(name)
                .setAggregate(aggregate)
                .setHigherIsBetter(higherIsBetter)
                .build();
    }

    /// Adds an arm that looks passages up.
    private void passages(String name, ArmModel model, IntPredicate right) {
        arm(name, model, 0, right);
        evaluation
                .getArmsBuilder(evaluation.getArmsCount() - 1)
                .getArmBuilder()
                .addPromptings(Prompting.newBuilder()
                        .setRetrieval(Retrieval.newBuilder().setCount(3)));
    }

    /// Adds an arm whose answers to some rows are right. A right answer has a loss of 0.1 nats a token, a wrong one
    /// of 2; a request with examples takes 0.5 s, another 0.1 s.
    private void arm(String name, ArmModel model, int examples, IntPredicate right) {
        Arm.Builder arm = Arm.newBuilder().setName(name).setModel(model);
        if (examples > 0) {
            arm.addPromptings(
                    Prompting.newBuilder().setExamples(Examples.newBuilder().setCount(examples)));
        }
        EvaluationArm.Builder made = EvaluationArm.newBuilder().setArm(arm);
        if (model == ArmModel.TUNED) {
            made.setKind(ModelKind.ADAPTER).setTrainSeconds(20);
        }
        evaluation.addArms(made);
        for (int row = 0; row < ROWS; row++) {
            boolean isRight = right.test(row);
            outcomes.add(ExampleResult.newBuilder()
                    .setArm(name)
                    .setRow(row)
                    .putScores("exact_match", isRight ? 1 : 0)
                    .putStatistics(
                            "loss",
                            MetricStatistics.newBuilder()
                                    .addValues(isRight ? 0.3 : 6)
                                    .addValues(3)
                                    .build())
                    .setComputeSeconds(examples > 0 ? 0.5 : 0.1)
                    .setPrice(model == ArmModel.ENDPOINT ? 0.002 : 0)
                    .build());
        }
    }
}
