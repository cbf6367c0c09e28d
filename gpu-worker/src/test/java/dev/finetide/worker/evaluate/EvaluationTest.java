package dev.finetide.worker.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.ByteString;
import dev.finetide.modelfiles.TensorType;
import dev.finetide.proto.evaluation.v1.Answering;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.ArmPreparation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.ExampleChoice;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.Examples;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.proto.evaluation.v1.Task;
import dev.finetide.proto.model.v1.ModelKind;
import dev.finetide.proto.training.v1.EvaluationConfig;
import dev.finetide.proto.worker.v1.AnsweredRows;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.EngineOptions;
import dev.finetide.sft.LoraConfig;
import dev.finetide.sft.SftConfig;
import dev.finetide.sft.SftTrainer;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.sft.text.TextRow;
import dev.finetide.sft.text.TokenizedRow;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whole evaluations on the demo's base, without services.
class EvaluationTest {
    private static final EngineOptions OPTIONS = EngineOptions.defaults().withThreads(2);
    private static final List<String> TOPICS = List.of("delivery", "billing", "returns");
    private static final List<String> WORDS = List.of("parcel", "invoice", "refund");

    @TempDir
    static Path temp;

    private static CausalLm base;

    @BeforeAll
    static void load() {
        base = CausalLm.load(Path.of("../demo/base"), OPTIONS);
    }

    @AfterAll
    static void close() {
        base.close();
    }

    private static String row(int i) {
        return "{\"prompt\":\"My %s number %d is late.\",\"completion\":\"%s\"}"
                .formatted(WORDS.get(i % 3), i, TOPICS.get(i % 3));
    }

    private static EvaluationData data(int train, int asked, int validation) {
        List<TextRow> rows =
                IntStream.range(0, train).mapToObj(i -> TextRow.parse(row(i))).toList();
        return data(rows, asked, validation);
    }

    private static EvaluationData data(List<TextRow> train, int asked, int validation) {
        Measuring measuring = Measuring.of(
                EvaluationConfig.newBuilder().build(),
                train.stream().map(RowTexts::userText).toList(),
                train.stream().map(RowTexts::answer).toList());
        return new EvaluationData(
                "test",
                IntStream.range(1000, 1000 + asked)
                        .mapToObj(i -> SourcedRow.parse(row(i)))
                        .toList(),
                train,
                IntStream.range(2000, 2000 + validation)
                        .mapToObj(i -> TextRow.parse(row(i)))
                        .toList(),
                measuring,
                8);
    }

    private static EvaluationArm arm(String name, Prompting... promptings) {
        return EvaluationArm.newBuilder()
                .setArm(Arm.newBuilder().setName(name).setModel(ArmModel.BASE).addAllPromptings(List.of(promptings)))
                .build();
    }

    private static Prompting examples(int count, ExampleChoice choice) {
        return Prompting.newBuilder()
                .setExamples(Examples.newBuilder().setCount(count).setChoice(choice))
                .build();
    }

    private static AnsweredBefore nothing() {
        return AnsweredBefore.of(ClaimAttemptResponse.getDefaultInstance());
    }

    private static Recording run(EvaluationData data, EvaluationArm... arms) {
        Recording recording = new Recording();
        assertThat(evaluation(data, nothing(), recording).run(List.of(arms))).isTrue();
        return recording;
    }

    private static Evaluation evaluation(EvaluationData data, AnsweredBefore before, Recording recording) {
        ArmModels models = new ArmModels(base, OPTIONS, Instant.EPOCH, arm -> temp.resolve(arm.getDigest()));
        return new Evaluation(models, data, before, recording);
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
                        .setAnswerRule(data(30, 5, 0).measuring().rule().describe())
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
                8);

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
    void theBestPromptingOnValidationRowsIsTaken() {
        Prompting misleading = Prompting.newBuilder()
                .setInstruction("zebra zebra zebra zebra zebra zebra zebra")
                .build();
        EvaluationData data = withPrimary("loss", data(30, 4, 7));

        Recording recording =
                run(data, arm("arm", misleading, Prompting.getDefaultInstance(), examples(6, ExampleChoice.SIMILAR)));

        ArmPreparation preparation = recording.preparations.get("arm");
        assertThat(preparation.getTrialsList())
                .extracting(trial -> trial.getDescription())
                .containsExactly("instruction", "as trained", "6 similar examples");
        List<Double> losses = preparation.getTrialsList().stream()
                .map(trial -> trial.getScore())
                .toList();
        assertThat(losses.get(preparation.getChosen()))
                .isEqualTo(losses.stream().min(Double::compare).orElseThrow())
                .isLessThan(losses.stream().max(Double::compare).orElseThrow());
        assertThat(preparation.getTrialRows()).isEqualTo(7);
        assertThat(preparation.getTrialSource()).isEqualTo("validation split");
        assertThat(preparation.getPrompting())
                .isEqualTo(PromptingTexts.filled(
                        List.of(misleading, Prompting.getDefaultInstance(), examples(6, ExampleChoice.SIMILAR))
                                .get(preparation.getChosen()),
                        ""));
        assertThat(recording.of("arm")).hasSize(4);
    }

    @Test
    void aPromptingThatCannotAskIsNotChosen() {
        Prompting endless =
                Prompting.newBuilder().setInstruction("Answer. ".repeat(400)).build();
        ArmPreparation preparation = run(data(30, 4, 0), arm("arm", endless, Prompting.getDefaultInstance()))
                .preparations
                .get("arm");

        assertThat(preparation.getChosen()).isEqualTo(1);
        assertThat(preparation.getTrials(0).getScore()).isNaN();
        assertThat(preparation.getTrialSource()).isEqualTo("train rows kept apart");
        assertThat(preparation.getTrialRows()).isEqualTo(6);
    }

    @Test
    void promptingsAreTriedOnRowsThatAllOfThemCanAsk() {
        List<TextRow> train = new ArrayList<>(data(29, 1, 0).train());
        train.add(TextRow.parse("{\"prompt\":\"%s\",\"completion\":\"billing\"}".formatted("late ".repeat(600))));
        EvaluationData data = data(train, 2, 0);
        assertThat(TrialRows.of(data, new ExamplePool(train, false)).rows().size())
                .isEqualTo(6);
        EvaluationData onTrain =
                new EvaluationData(data.split(), data.rows(), train, train, data.measuring(), data.maxNewTokens());

        Recording recording =
                run(onTrain, arm("arm", Prompting.getDefaultInstance(), examples(2, ExampleChoice.SIMILAR)));

        assertThat(recording.failures).isEmpty();
        assertThat(recording.preparations.get("arm").getTrialRows()).isEqualTo(29);
        assertThat(recording.preparations.get("arm").getTrialsList())
                .allSatisfy(trial -> assertThat(trial.getScore()).isBetween(0.0, 1.0));
    }

    private static EvaluationData withPrimary(String metric, EvaluationData data) {
        Measuring measuring = Measuring.of(
                EvaluationConfig.newBuilder().setPrimaryMetric(metric).build(),
                data.train().stream().map(RowTexts::userText).toList(),
                data.train().stream().map(RowTexts::answer).toList());
        return new EvaluationData(
                data.split(), data.rows(), data.train(), data.validation(), measuring, data.maxNewTokens());
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
    void aTunedModelProvesThatItIsAnotherOneThanTheBase() throws IOException {
        adapter("learnt", 0.02, 12);
        adapter("idle", 1e-30, 1);
        base.save(temp.resolve("copy"), TensorType.BF16);

        Recording recording = run(
                data(9, 4, 0),
                trained("learnt", ModelKind.ADAPTER),
                trained("idle", ModelKind.ADAPTER),
                trained("copy", ModelKind.FULL_MODEL),
                arm("base"));

        assertThat(recording.preparations.keySet()).containsExactly("learnt", "base");
        assertThat(recording.preparations.get("learnt").getAdaptedModules()).isPositive();
        assertThat(recording.preparations.get("learnt").getLogitChange()).isPositive();
        assertThat(recording.failures.get("idle"))
                .hasMessage("the model answers exactly as its base: the adapter changes nothing");
        assertThat(recording.failures.get("copy"))
                .hasMessage("the model answers exactly as its base: the training changes nothing");
        assertThat(recording.of("learnt"))
                .allSatisfy(result -> assertThat(result.getNll())
                        .isLessThan(recording.of("base").stream()
                                .filter(other -> other.getRow() == result.getRow())
                                .findFirst()
                                .orElseThrow()
                                .getNll()));
    }

    private static EvaluationArm trained(String name, ModelKind kind) {
        return EvaluationArm.newBuilder()
                .setArm(Arm.newBuilder().setName(name).setModel(ArmModel.TUNED))
                .setKind(kind)
                .setDigest(name)
                .build();
    }

    private static void adapter(String name, double learningRate, int steps) {
        try (CausalLm lm = CausalLm.load(Path.of("../demo/base"), OPTIONS)) {
            RowEncoder encoder = new RowEncoder(lm.tokenizer(), lm.chatTemplate(), 512);
            List<TokenizedRow> rows = IntStream.range(0, 12)
                    .mapToObj(i -> encoder.encode(TextRow.parse(row(i))))
                    .toList();
            SftConfig config = SftConfig.forLora()
                    .lora(new LoraConfig(4, 8, 0, false, false, List.of("all-linear")))
                    .learningRate(learningRate)
                    .maxSteps(steps)
                    .build();
            SftTrainer.train(lm, rows, config, temp.resolve("checkpoints-" + name), report -> {})
                    .save(temp.resolve(name), "base");
        }
    }

    @Test
    void aLaterAttemptAsksOnlyTheRowsThatAreLeft() {
        EvaluationData data = data(30, 70, 0);
        EvaluationArm arm = arm("arm", Prompting.getDefaultInstance(), examples(1, ExampleChoice.SIMILAR));
        Recording first = Recording.stoppingAfter(1);
        assertThat(evaluation(data, nothing(), first).run(List.of(arm))).isFalse();
        BitSet answered = new BitSet();
        first.results.forEach(result -> answered.set((int) result.getRow()));
        AnsweredBefore before = AnsweredBefore.of(ClaimAttemptResponse.newBuilder()
                .addPreparations(first.preparations.get("arm"))
                .addAnswered(
                        AnsweredRows.newBuilder().setArm("arm").setRows(ByteString.copyFrom(answered.toByteArray())))
                .build());
        Recording second = new Recording();

        assertThat(evaluation(data, before, second).run(List.of(arm))).isTrue();

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
        assertThat(evaluation(data, everything, third).run(List.of(arm))).isTrue();
        assertThat(third.events).isEmpty();
    }
}
