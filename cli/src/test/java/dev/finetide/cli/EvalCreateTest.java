package dev.finetide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Code;
import dev.finetide.cli.platform.Evaluations;
import dev.finetide.cli.platform.Platform;
import dev.finetide.cli.platform.Refusals;
import dev.finetide.cli.platform.Registry;
import dev.finetide.cli.platform.Reports;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.ArmPreparation;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.EvaluationSpec;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleChoice;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.Examples;
import dev.finetide.proto.evaluation.v1.MetricInfo;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.proto.evaluation.v1.PromptingTrial;
import dev.finetide.proto.evaluation.v1.Task;
import dev.finetide.proto.training.v1.EvaluationConfig;
import dev.finetide.proto.training.v1.Rendering;
import dev.finetide.proto.work.v1.State;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EvalCreateTest {
    private final Evaluations evaluations = new Evaluations();
    private Platform platform;

    @BeforeEach
    void start() {
        platform = new Platform(evaluations, new Registry());
    }

    @AfterEach
    void stop() {
        platform.close();
    }

    private CliRun create(String... options) {
        return CliRun.against(
                platform,
                Stream.concat(
                                Stream.of("eval", "create", "--base", "tiny", "--dataset", "support-desk@2"),
                                Stream.of(options))
                        .toArray(String[]::new));
    }

    @Test
    void optionsBecomeTheSpecAndOnlyWhatWasGivenIsSet() {
        CliRun created = create(
                "--arm",
                "base",
                "--arm",
                "few-shot=similar:8",
                "--split",
                "validation",
                "--max-rows",
                "50",
                "--task",
                "short-answer",
                "--metric",
                "token_f1",
                "--more-metrics",
                "rouge_l,bleu",
                "--render",
                "text");

        assertThat(created.exitCode()).as(created.err()).isZero();
        assertThat(created.out())
                .isEqualToNormalizingNewlines("evaluation e-1 is queued; follow it with: finetide eval watch e-1\n");
        assertThat(evaluations.created.getFirst().getSpec())
                .isEqualTo(EvaluationSpec.newBuilder()
                        .setDatasetVersion("projects/default/datasets/support-desk/versions/2")
                        .setBase("projects/default/bases/tiny")
                        .setSplit("validation")
                        .setRendering(Rendering.PLAIN_TEXT)
                        .setConfig(EvaluationConfig.newBuilder()
                                .addArms(Arm.newBuilder().setName("base").setModel(ArmModel.BASE))
                                .addArms(fewShot())
                                .setMaxRows(50)
                                .setTask(Task.SHORT_ANSWER)
                                .setPrimaryMetric("token_f1")
                                .addAllMoreMetrics(List.of("rouge_l", "bleu")))
                        .build());
    }

    private static Arm fewShot() {
        return Arm.newBuilder()
                .setName("few-shot")
                .setModel(ArmModel.BASE)
                .addPromptings(Prompting.newBuilder()
                        .setExamples(Examples.newBuilder().setCount(8).setChoice(ExampleChoice.SIMILAR)))
                .build();
    }

    @Test
    void withoutArmsOrWithOneThatIsNoneNothingIsAsked() {
        assertThat(create().exitCode()).isEqualTo(2);
        assertThat(create().err()).contains("name at least one arm");
        CliRun unknown = create("--arm", "few-shot=similiar:8");
        assertThat(unknown.exitCode()).isEqualTo(2);
        assertThat(unknown.err()).contains("unknown part \"similiar:8\"");
        assertThat(create("--arm", "instruction=@absent.txt").exitCode()).isEqualTo(3);
        assertThat(create("--arm", "base", "--task", "poem").err())
                .contains("expected one of classification, short-answer, number");
        assertThat(evaluations.created).isEmpty();
    }

    @Test
    void aRefusedPartOfAnArmIsNamedWithItsOption() {
        evaluations.refusal = Refusals.refusal(
                Code.INVALID_ARGUMENT,
                "INVALID_FIELD",
                "spec.config.arms[0].promptings[0].examples.count: expected at most 400, got 900");

        CliRun created = create("--arm", "similar:900");

        assertThat(created.exitCode()).isEqualTo(4);
        assertThat(created.err())
                .isEqualToNormalizingNewlines(
                        "finetide: --arm (spec.config.arms[0].promptings[0].examples.count): expected at"
                                + " most 400, got 900\n");
    }

    @Test
    void waitingShowsHowTheArmsWereAskedAndTheReport() {
        evaluations.updates.add(update(1, evaluation(State.RUNNING).setTotalResults(2)));
        evaluations.updates.add(EvaluationUpdate.newBuilder()
                .setSequence(2)
                .setResult(ExampleResult.newBuilder()
                        .setArm("few-shot")
                        .setPrompt("where is my parcel?")
                        .setOutput("delivery")
                        .putScores("accuracy", 1))
                .build());
        evaluations.updates.add(
                update(3, evaluation(State.SUCCEEDED).setSplitLooks(3).setReport(Reports.rich())));

        CliRun created = create("--arm", "base", "--arm", "few-shot=similar:8", "--wait");

        assertThat(created.exitCode()).as(created.err()).isZero();
        assertThat(created.err())
                .contains(
                        "evaluation: running", "few-shot: 8 similar examples, instruction \"Answer with one of: a, b\"")
                .contains("right: where is my parcel? -> delivery");
        assertThat(created.out())
                .contains("rows of     support-desk@2, test split, asked by 3 evaluations so far")
                .contains(
                        "few-shot  the base; 8 similar examples, instruction \"Answer with one of: a, b\"; chosen on 60 rows")
                .contains("  few-shot better than base by 0.820 [0.750, 0.873]")
                .contains("What to do: Ask the base");
    }

    @Test
    void anEvaluationThatFailedFailsTheCommand() {
        evaluations.updates.add(update(1, evaluation(State.FAILED)));

        assertThat(create("--arm", "base", "--wait").exitCode()).isEqualTo(1);
    }

    @Test
    void anEvaluationIsShownByItsIdAndByItsRun() {
        evaluations.updates.add(update(1, evaluation(State.SUCCEEDED).setReport(Reports.rich())));

        for (String name : List.of("e-1", "run-7", "projects/default/trainingRuns/run-7", Evaluations.NAME)) {
            CliRun shown = CliRun.against(platform, "eval", "show", name, "--price-per-hour", "2.50");
            assertThat(shown.exitCode()).as(shown.err()).isZero();
            assertThat(shown.out()).contains("evaluation  e-1", "PRICE OF 1,000");
        }
        evaluations.unknown.set(1);
        CliRun absent = CliRun.against(platform, "eval", "show", "run-7");
        assertThat(absent.exitCode()).isEqualTo(3);
        assertThat(absent.err()).contains("there is no evaluation run-7, and no evaluation of a run run-7");
    }

    private static EvaluationUpdate update(long sequence, Evaluation.Builder evaluation) {
        return EvaluationUpdate.newBuilder()
                .setSequence(sequence)
                .setEvaluation(evaluation)
                .build();
    }

    private static Evaluation.Builder evaluation(State state) {
        Evaluation.Builder evaluation =
                Evaluation.newBuilder().setName(Evaluations.NAME).setState(state);
        evaluation.getSpecBuilder().setDatasetVersion("projects/default/datasets/support-desk/versions/2");
        evaluation
                .getRowsBuilder()
                .setTask(Task.CLASSIFICATION)
                .setTaskReason("2 labels")
                .addMetrics(MetricInfo.newBuilder().setName("accuracy"));
        return evaluation
                .addArms(EvaluationArm.newBuilder()
                        .setArm(Arm.newBuilder().setName("base").setModel(ArmModel.BASE)))
                .addArms(EvaluationArm.newBuilder()
                        .setArm(fewShot())
                        .setPreparation(ArmPreparation.newBuilder()
                                .setPrompting(fewShot().getPromptings(0).toBuilder()
                                        .setInstruction("Answer with one of: a, b"))
                                .addTrials(PromptingTrial.newBuilder()
                                        .setDescription("8 examples")
                                        .setScore(0.8))
                                .addTrials(PromptingTrial.newBuilder()
                                        .setDescription("none")
                                        .setScore(0.1))
                                .setTrialRows(60)
                                .setTrialSource("validation split")
                                .setAnswerRule("the label that the reply names first")));
    }
}
