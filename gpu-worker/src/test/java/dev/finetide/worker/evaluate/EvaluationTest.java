package dev.finetide.worker.evaluate;

import static dev.finetide.worker.evaluate.EvaluationStage.TOPICS;
import static dev.finetide.worker.evaluate.EvaluationStage.arm;
import static dev.finetide.worker.evaluate.EvaluationStage.data;
import static dev.finetide.worker.evaluate.EvaluationStage.evaluation;
import static dev.finetide.worker.evaluate.EvaluationStage.examples;
import static dev.finetide.worker.evaluate.EvaluationStage.nothing;
import static dev.finetide.worker.evaluate.EvaluationStage.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.ByteString;
import dev.finetide.proto.evaluation.v1.Answering;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.ArmPreparation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.ExampleChoice;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.proto.evaluation.v1.Task;
import dev.finetide.proto.model.v1.ModelKind;
import dev.finetide.proto.training.v1.EvaluationConfig;
import dev.finetide.proto.worker.v1.AnsweredRows;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.sft.text.TextOnlyRow;
import dev.finetide.sft.text.TextRow;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whole evaluations on the demo's base, without services.
class EvaluationTest {
    @TempDir
    static Path temp;

    private static CausalLm base;

    @BeforeAll
    static void load() {
        base = CausalLm.load(EvaluationStage.DEMO, EvaluationStage.OPTIONS);
    }

    @AfterAll
    static void close() {
        base.close();
    }

    private static Recording run(EvaluationData data, EvaluationArm... arms) {
        return EvaluationStage.run(base, temp, data, arms);
    }

    @Test
    void textsAreNotAskedButTheirLossIsMeasured() {
        List<TextRow> train = List.of(new TextOnlyRow("The parcel is late."), new TextOnlyRow("The refund is lost."));
        EvaluationData texts = new EvaluationData(
                "test",
                train.stream().map(row -> new SourcedRow(row, Optional.empty())).toList(),
                train,
                List.of(),
                Measuring.ofTexts(EvaluationConfig.getDefaultInstance()),
                1,
                0);

        Recording recording = run(texts, arm("base"), arm("few", examples(1, ExampleChoice.RANDOM)));

        assertThat(recording.failures).containsOnlyKeys("few");
        assertThat(recording.of("base")).hasSize(2).allSatisfy(result -> {
            assertThat(result.getOutput()).isEmpty();
            assertThat(result.getCompletionTokens()).isZero();
            assertThat(result.getNll()).isPositive();
            assertThat(result.getScoresOrThrow("loss")).isEqualTo(result.getNll() / result.getTokens());
            assertThat(result.getScoresOrThrow("bits_per_byte")).isPositive();
        });
        assertThat(recording.failures.get("few")).hasMessageContaining("a row that is all text has no question");
    }

    @Test
    void everyArmAnswersEveryRowAndIsPreparedBefore() {
        Recording recording = run(
                data(30, 5, 0),
                arm("base"),
                arm("similar", examples(3, ExampleChoice.SIMILAR)),
                arm("random", examples(3, ExampleChoice.RANDOM)));

        assertThat(recording.failures).isEmpty();
        assertThat(recording.events)
                .containsExactly(
                        "prepared base",
                        "results base",
                        "prepared similar",
                        "results similar",
                        "prepared random",
                        "results random",
                        "results random",
                        "results random");
        assertThat(recording.of("base"))
                .extracting(ExampleResult::getRow)
                .containsExactlyInAnyOrder(0L, 1L, 2L, 3L, 4L);
        assertThat(recording.of("random")).extracting(ExampleResult::getRepeat).containsOnly(0, 1, 2);
        assertThat(recording.of("similar")).allSatisfy(result -> {
            assertThat(result.getTotalRows()).isEqualTo(5);
            assertThat(result.getDroppedExamples()).isZero();
            assertThat(result.getPrompt())
                    .isEqualTo(RowTexts.shownQuestion(TextRow.parse(row(1000 + (int) result.getRow()))));
            assertThat(result.getExpected()).isIn(TOPICS);
            assertThat(result.getTokens()).isPositive();
            assertThat(result.getNll()).isPositive();
            assertThat(result.getScoresOrThrow("accuracy")).isIn(0.0, 1.0);
            assertThat(result.getStatisticsOrThrow("loss").getValues(1)).isEqualTo(result.getTokens());
            assertThat(result.getComputeSeconds()).isPositive().isLessThanOrEqualTo(result.getLatencySeconds());
            assertThat(result.getPromptTokens()).isGreaterThan(40);
        });
        assertThat(recording.preparations.get("base"))
                .isEqualTo(ArmPreparation.newBuilder()
                        .setArm("base")
                        .setPrompting(Prompting.getDefaultInstance())
                        .setAnswerRule(data(30, 5, 0).measuring().rule().describe() + " A reply has at most 8 tokens.")
                        .build());
        assertThat(recording
                        .preparations
                        .get("random")
                        .getPrompting()
                        .getExamples()
                        .getRepeats())
                .isEqualTo(3);
    }

    @Test
    void aModelThatHasNotSeenTheFormOfAnswersMayTalkAroundThem() {
        EvaluationData data = data(30, 4, 0);
        EvaluationData talkative =
                new EvaluationData(data.split(), data.rows(), data.train(), data.validation(), data.measuring(), 1, 12);

        Recording recording = run(talkative, arm("base"), arm("few", examples(1, ExampleChoice.SIMILAR)));

        assertThat(recording.preparations.get("base").getAnswerRule()).endsWith(" A reply has at most 13 tokens.");
        assertThat(recording.of("base"))
                .extracting(ExampleResult::getCompletionTokens)
                .anyMatch(tokens -> tokens > 1);
        assertThat(recording.preparations.get("few").getAnswerRule()).endsWith(" A reply has at most 1 tokens.");
        assertThat(recording.of("few"))
                .extracting(ExampleResult::getCompletionTokens)
                .allMatch(tokens -> tokens <= 1);
    }

    @Test
    void examplesThatDoNotFitAreDroppedAndCounted() {
        Recording recording = run(data(100, 3, 0), arm("long", examples(90, ExampleChoice.SIMILAR)));

        assertThat(recording.of("long")).hasSize(3).allSatisfy(result -> {
            assertThat(result.getDroppedExamples()).isBetween(10, 89);
            assertThat(result.getPromptTokens()).isBetween(480, 512 - 8);
        });
    }

    @Test
    void anArmThatCannotAskFailsAloneAndSaysWhy() {
        Prompting endless =
                Prompting.newBuilder().setInstruction("Answer. ".repeat(400)).build();
        EvaluationArm missing = EvaluationArm.newBuilder()
                .setArm(Arm.newBuilder().setName("lost").setModel(ArmModel.TUNED))
                .setKind(ModelKind.ADAPTER)
                .setDigest("nowhere")
                .build();
        EvaluationArm chooser = arm("chooser").toBuilder()
                .setArm(arm("chooser").getArm().toBuilder().setAnswering(Answering.CHOOSE))
                .build();
        EvaluationData numbers = new EvaluationData(
                "test",
                data(9, 3, 0).rows(),
                data(9, 3, 0).train(),
                List.of(),
                Measuring.of(EvaluationConfig.newBuilder().setTask(Task.NUMBER).build(), List.of(), List.of()),
                8,
                0);

        Recording recording = run(
                numbers,
                arm("many", examples(10, ExampleChoice.RANDOM)),
                arm("endless", endless),
                missing,
                chooser,
                arm("base"));

        assertThat(recording.failures.get("many"))
                .hasMessage("examples.count: expected at most the 9 rows of the train split, got 10");
        assertThat(recording.failures.get("endless"))
                .hasMessageMatching("row 0 of the test split.* cannot be asked in the way of this arm:"
                        + " too long: [0-9]+ tokens, at most 512 are accepted");
        assertThat(recording.failures.get("lost")).hasMessageContaining("adapter_config.json");
        assertThat(recording.failures.get("chooser"))
                .hasMessage("answering CHOOSE: expected the task CLASSIFICATION, the task is NUMBER (declared)");
        assertThat(recording.of("base")).hasSize(3);
    }

    @Test
    void aContextWithoutRoomForAnyExampleFailsTheArm() {
        List<TextRow> train = IntStream.range(0, 6)
                .mapToObj(i -> TextRow.parse("{\"prompt\":\"%s\",\"completion\":\"%s\"}"
                        .formatted("late parcel ".repeat(300), TOPICS.get(i % 2))))
                .toList();

        assertThat(run(data(train, 3, 0), arm("few", examples(1, ExampleChoice.SIMILAR)))
                        .failures
                        .get("few"))
                .hasMessage("the context of 512 tokens has no room for any example, for none of 3 rows");
    }

    @Test
    void choosingTakesTheLikeliestLabelAndTellsItsProbability() {
        EvaluationData data = data(30, 5, 0);
        EvaluationArm written = arm("written", examples(2, ExampleChoice.SIMILAR));
        EvaluationArm chosen = written.toBuilder()
                .setArm(written.getArm().toBuilder().setName("chosen").setAnswering(Answering.CHOOSE))
                .build();

        Recording recording = run(data, written, chosen);

        assertThat(recording.failures).isEmpty();
        for (ExampleResult result : recording.of("chosen")) {
            assertThat(result.getOutput()).isIn(TOPICS);
            assertThat(result.getCompletionTokens()).isZero();
            assertThat(result.getStatisticsOrThrow("ece").getValues(0)).isBetween(1 / 3.0 - 1e-9, 1.0);
            ExampleResult other = recording.of("written").stream()
                    .filter(some -> some.getRow() == result.getRow())
                    .findFirst()
                    .orElseThrow();
            assertThat(result.getNll()).isCloseTo(other.getNll(), within(0.05));
            assertThat(result.getTokens()).isEqualTo(other.getTokens());
        }
    }

    @Test
    void aLaterAttemptAsksOnlyTheRowsThatAreLeft() {
        EvaluationData data = data(30, 70, 0);
        EvaluationArm arm = arm("arm", Prompting.getDefaultInstance(), examples(1, ExampleChoice.SIMILAR));
        Recording first = Recording.stoppingAfter(1);
        assertThat(evaluation(base, temp, data, nothing(), first).run(List.of(arm)))
                .isFalse();
        BitSet answered = new BitSet();
        first.results.forEach(result -> answered.set((int) result.getRow()));
        AnsweredBefore before = AnsweredBefore.of(ClaimAttemptResponse.newBuilder()
                .addPreparations(first.preparations.get("arm"))
                .addAnswered(
                        AnsweredRows.newBuilder().setArm("arm").setRows(ByteString.copyFrom(answered.toByteArray())))
                .build());
        Recording second = new Recording();

        assertThat(evaluation(base, temp, data, before, second).run(List.of(arm)))
                .isTrue();

        assertThat(first.results).hasSize(64);
        assertThat(second.events).containsExactly("results arm");
        assertThat(Stream.concat(first.results.stream(), second.results.stream())
                        .map(ExampleResult::getRow))
                .doesNotHaveDuplicates()
                .hasSize(70);
        Recording third = new Recording();
        answered.set(0, 70);
        AnsweredBefore everything = AnsweredBefore.of(ClaimAttemptResponse.newBuilder()
                .addPreparations(first.preparations.get("arm"))
                .addAnswered(
                        AnsweredRows.newBuilder().setArm("arm").setRows(ByteString.copyFrom(answered.toByteArray())))
                .build());
        assertThat(evaluation(base, temp, data, everything, third).run(List.of(arm)))
                .isTrue();
        assertThat(third.events).isEmpty();
    }
}
