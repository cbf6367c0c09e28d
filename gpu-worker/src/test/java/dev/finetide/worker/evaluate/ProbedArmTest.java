package dev.finetide.worker.evaluate;

import static dev.finetide.worker.evaluate.EvaluationStage.OPTIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.ByteString;
import dev.finetide.modelfiles.template.Message;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.BehaviourKind;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.model.v1.ModelKind;
import dev.finetide.proto.worker.v1.AnsweredRows;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.LoraConfig;
import dev.finetide.sft.RowScore;
import dev.finetide.sft.Scorer;
import dev.finetide.sft.SftConfig;
import dev.finetide.sft.SftTrainer;
import dev.finetide.sft.generate.Generation;
import dev.finetide.sft.generate.GenerationConfig;
import dev.finetide.sft.generate.Generator;
import dev.finetide.sft.text.PromptCompletionRow;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.worker.evaluate.probe.Probe;
import dev.finetide.worker.evaluate.probe.ProbeSize;
import dev.finetide.worker.evaluate.probe.ShippedTexts;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProbedArmTest {
    /// Long answers without any pattern, which only memory can give.
    private static final List<String> SECRETS = List.of(
            "seven grey herons carry the copper bell over the frozen mill while nobody counts the lanterns again",
            "the tall clerk sold eleven crooked ladders to a deaf baker who paid with salt and yellow thread",
            "under bridge nine a violin without strings waits for the second rain of a very long november",
            "my aunt buried three blue keys beneath the pear tree and told only the postman and his goat");

    private static final ProbeSize SHORT = new ProbeSize(100, 4, 8);
    private static final List<Probe> PROBES = List.of(
            Probe.of(Probe.TRAIN, BehaviourKind.GENERALISATION, train(), SHORT),
            Probe.of(
                    Probe.GENERAL_TEXTS,
                    BehaviourKind.FORGETTING,
                    ShippedTexts.general().subList(0, 40),
                    SHORT),
            Probe.of(Probe.MEMORY, BehaviourKind.MEMORISATION, train(), SHORT),
            Probe.of(
                    Probe.HARMLESS,
                    BehaviourKind.OVER_REFUSAL,
                    ShippedTexts.harmless().subList(0, 3),
                    SHORT),
            Probe.of(
                    Probe.HARMFUL,
                    BehaviourKind.UNSAFE_ANSWERS,
                    ShippedTexts.harmful().subList(0, 3),
                    SHORT));

    @TempDir
    static Path temp;

    private static CausalLm base;
    private static Recording whole;

    @BeforeAll
    static void askEverything() {
        base = CausalLm.load(EvaluationStage.DEMO, OPTIONS);
        overfit();
        whole = new Recording();
        assertThat(EvaluationStage.evaluation(base, temp, data(), EvaluationStage.nothing(), whole)
                        .run(arms()))
                .isTrue();
        assertThat(whole.failures).isEmpty();
    }

    @AfterAll
    static void close() {
        base.close();
    }

    @Test
    void everyProbedArmAnswersEveryRowOfEveryProbeAndOtherArmsNone() {
        for (String arm : List.of("base", "tuned")) {
            for (Probe probe : PROBES) {
                assertThat(of(whole, arm, probe.name()).keySet())
                        .as(arm + " " + probe.name())
                        .containsExactlyInAnyOrderElementsOf(
                                IntStream.range(0, probe.rows().size())
                                        .mapToObj(Long::valueOf)
                                        .toList());
            }
        }
        assertThat(whole.of("unprobed"))
                .isNotEmpty()
                .allMatch(result -> result.getProbe().isEmpty());
        assertThat(whole.events).contains("probe tuned, " + Probe.MEMORY);
    }

    @Test
    void theLossOfATextIsTheEnginesOwn() {
        RowEncoder encoder = new RowEncoder(
                base.tokenizer(), base.chatTemplate(), base.config().maxPositions());
        List<RowScore> expected = new Scorer(base)
                .score(PROBES.get(1).rows().stream()
                        .map(row -> encoder.encode(row.row()))
                        .toList());

        Map<Long, ExampleResult> found = of(whole, "base", Probe.GENERAL_TEXTS);

        for (int i = 0; i < expected.size(); i++) {
            ExampleResult result = found.get((long) i);
            assertThat(result.getNll())
                    .isCloseTo(
                            expected.get(i).nll(), within(1e-3 * expected.get(i).nll()));
            assertThat(result.getTokens()).isEqualTo(expected.get(i).supervisedTokens());
            assertThat(result.getOutput() + result.getExpected() + result.getPrompt())
                    .isEmpty();
        }
    }

    /// Compares with transformers 5.23 on the same base in fp32: cross entropy of each text as BOS,
    /// text and EOS.
    @Test
    void theLossOfTextsIsThatOfTransformers() {
        Map<Long, ExampleResult> found = of(whole, "base", Probe.GENERAL_TEXTS);

        assertThat(found.get(0L).getNll()).isCloseTo(1218.142, within(1.2));
        assertThat(found.get(11L).getNll()).isCloseTo(1784.643, within(1.8));
        assertThat(found.get(33L).getNll()).isCloseTo(1047.476, within(1.0));
        assertThat(loss(found)).isCloseTo(9.849972, within(1e-3));
        assertThat(found.values().stream().mapToLong(ExampleResult::getTokens).sum())
                .isEqualTo(5045);
    }

    @Test
    void anOverfittedModelForgetsWhatTheBaseWouldSay() {
        EvaluationData data = EvaluationStage.data(9, 1, 0)
                .probedBy(List.of(Probe.of("sayings", BehaviourKind.FORGETTING, sayings(), SHORT)));

        Recording recording =
                EvaluationStage.run(base, temp, data, arms().subList(0, 2).toArray(EvaluationArm[]::new));

        assertThat(loss(of(recording, "base", "sayings"))).isLessThan(1.5);
        assertThat(loss(of(recording, "tuned", "sayings"))).isGreaterThan(loss(of(recording, "base", "sayings")) + 1);
    }

    @Test
    void anOverfittedModelRepeatsItsTrainAnswersAndTheBaseDoesNot() {
        assertThat(of(whole, "tuned", Probe.MEMORY).values())
                .allSatisfy(result -> assertThat(result.getScoresOrThrow("memorised"))
                        .as(result.getExpected() + " <> " + result.getOutput())
                        .isEqualTo(1));
        assertThat(of(whole, "base", Probe.MEMORY).values())
                .allSatisfy(result ->
                        assertThat(result.getScoresOrThrow("memorised")).isZero());
    }

    @Test
    void trainRowsAreAskedAndMeasuredAsTheEvaluationsOwn() {
        assertThat(of(whole, "tuned", Probe.TRAIN).values()).allSatisfy(result -> {
            assertThat(result.getExpected()).startsWith(result.getOutput());
            assertThat(result.getOutput()).hasSizeGreaterThan(5);
            assertThat(result.getScoresMap())
                    .containsKeys(
                            whole.of("tuned").getFirst().getScoresMap().keySet().toArray(String[]::new));
        });
    }

    @Test
    void theNextAttemptAsksOnlyTheRowsThatAreLeft() {
        for (int reports : List.of(3, 7)) {
            Recording first = Recording.stoppingAfter(reports);
            assertThat(EvaluationStage.evaluation(base, temp, data(), EvaluationStage.nothing(), first)
                            .run(arms()))
                    .isFalse();
            assertThat(first.results).anyMatch(result -> !result.getProbe().isEmpty());

            Recording second = new Recording();
            assertThat(EvaluationStage.evaluation(base, temp, data(), before(first), second)
                            .run(arms()))
                    .isTrue();

            assertThat(Stream.concat(first.results.stream(), second.results.stream())
                            .map(ProbedArmTest::place))
                    .containsExactlyInAnyOrderElementsOf(
                            whole.results.stream().map(ProbedArmTest::place).toList());
        }
    }

    @Test
    void aRowThatAModelCannotReadIsAnswerWithoutNumbers() {
        SourcedRow tooLong = SourcedRow.parse("{\"text\":\"" + "many words ".repeat(4000) + "\"}");
        EvaluationData data = EvaluationStage.data(9, 2, 0)
                .probedBy(List.of(Probe.of(
                        Probe.GENERAL_TEXTS,
                        BehaviourKind.FORGETTING,
                        List.of(tooLong, ShippedTexts.general().getFirst()),
                        SHORT)));

        Recording recording = EvaluationStage.run(base, temp, data, arms().getFirst());

        Map<Long, ExampleResult> found = of(recording, "base", Probe.GENERAL_TEXTS);
        assertThat(found.get(0L).getError()).startsWith("the row cannot be asked: too long");
        assertThat(found.get(0L).getTokens()).isZero();
        assertThat(found.get(1L).getTokens()).isPositive();
    }

    private static EvaluationData data() {
        return EvaluationStage.data(train().stream().map(SourcedRow::row).toList(), 2, 0)
                .probedBy(PROBES);
    }

    private static List<SourcedRow> train() {
        return IntStream.range(0, SECRETS.size())
                .mapToObj(i -> SourcedRow.parse(
                        "{\"prompt\":\"What does note %d say?\",\"completion\":\"%s\"}".formatted(i, SECRETS.get(i))))
                .toList();
    }

    /// Returns questions with the base's own answers.
    private static List<SourcedRow> sayings() {
        RowEncoder encoder = new RowEncoder(
                base.tokenizer(), base.chatTemplate(), base.config().maxPositions());
        List<String> questions = IntStream.range(0, 8)
                .mapToObj(i -> "Customer %d: my parcel is late, where is it?".formatted(i))
                .toList();
        List<Generation> written = new Generator(base)
                .generate(
                        questions.stream()
                                .map(question -> encoder.question(List.of(Message.user(question))))
                                .toList(),
                        GenerationConfig.greedy(24, encoder.stopIds()));
        return IntStream.range(0, questions.size())
                .mapToObj(i -> new SourcedRow(
                        new PromptCompletionRow(
                                questions.get(i),
                                base.tokenizer().decode(written.get(i).newTokens(), true)),
                        Optional.empty()))
                .toList();
    }

    private static List<EvaluationArm> arms() {
        return List.of(
                EvaluationArm.newBuilder()
                        .setArm(Arm.newBuilder().setName("base").setModel(ArmModel.BASE))
                        .setProbed(true)
                        .build(),
                EvaluationArm.newBuilder()
                        .setArm(Arm.newBuilder().setName("tuned").setModel(ArmModel.TUNED))
                        .setKind(ModelKind.ADAPTER)
                        .setDigest("overfit")
                        .setProbed(true)
                        .build(),
                EvaluationStage.arm("unprobed"));
    }

    private static void overfit() {
        try (CausalLm lm = CausalLm.load(EvaluationStage.DEMO, OPTIONS)) {
            RowEncoder encoder = new RowEncoder(lm.tokenizer(), lm.chatTemplate(), 512);
            List<TokenizedRow> rows =
                    train().stream().map(row -> encoder.encode(row.row())).toList();
            SftConfig config = SftConfig.forLora()
                    .lora(new LoraConfig(8, 16, 0, false, false, List.of("all-linear")))
                    .learningRate(0.01)
                    .batchSize(4)
                    .epochs(80)
                    .build();
            SftTrainer.train(lm, rows, config, temp.resolve("checkpoints"), report -> {})
                    .save(temp.resolve("overfit"), "base");
        }
    }

    private static Map<Long, ExampleResult> of(Recording recording, String arm, String probe) {
        Map<Long, ExampleResult> found = new LinkedHashMap<>();
        recording.of(arm).stream()
                .filter(result -> result.getProbe().equals(probe))
                .forEach(
                        result -> assertThat(found.put(result.getRow(), result)).isNull());
        return found;
    }

    private static double loss(Map<Long, ExampleResult> results) {
        return results.values().stream().mapToDouble(ExampleResult::getNll).sum()
                / results.values().stream().mapToLong(ExampleResult::getTokens).sum();
    }

    private static List<Object> place(ExampleResult result) {
        return List.of(result.getArm(), result.getProbe(), result.getRepeat(), result.getRow());
    }

    private static AnsweredBefore before(Recording recording) {
        Map<List<String>, BitSet> rows = new LinkedHashMap<>();
        recording.results.forEach(
                result -> rows.computeIfAbsent(List.of(result.getArm(), result.getProbe()), _ -> new BitSet())
                        .set((int) result.getRow()));
        ClaimAttemptResponse.Builder claim =
                ClaimAttemptResponse.newBuilder().addAllPreparations(recording.preparations.values());
        rows.forEach((key, bits) -> claim.addAnswered(AnsweredRows.newBuilder()
                .setArm(key.getFirst())
                .setProbe(key.getLast())
                .setRows(ByteString.copyFrom(bits.toByteArray()))));
        return AnsweredBefore.of(claim.build());
    }
}
