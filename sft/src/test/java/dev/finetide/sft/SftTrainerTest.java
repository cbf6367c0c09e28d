package dev.finetide.sft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.torch.TorchRuntime;
import dev.finetide.sft.train.Digests;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SftTrainerTest {
    private static final List<TokenizedRow> ROWS = TinyModel.rows(20, 30);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @TempDir
    Path temp;

    static Stream<SftConfig> methods() {
        SftConfig.Builder dropout = SftConfig.forLora()
                .lora(new LoraConfig(4, 8, 0.1, false, List.of("all-linear")))
                .learningRate(1e-2)
                .batchSize(6)
                .checkpointEverySteps(2);
        return Stream.of(
                full().build(),
                dropout.build(),
                dropout.microBatchTokens(31).recompute(true).build());
    }

    private TrainResult train(SftConfig config, String checkpoints, String out, RunRecorder recorder) {
        try (CausalLm lm = TinyModel.create(temp.resolve("base"), 2)) {
            TrainResult result = SftTrainer.train(lm, ROWS, config, temp.resolve(checkpoints), recorder);
            result.save(temp.resolve(out), "base");
            return result;
        }
    }

    private static String weightsFile(SftConfig config) {
        return config.lora().isPresent() ? "adapter_model.safetensors" : "model.safetensors";
    }

    @ParameterizedTest
    @MethodSource("methods")
    void anInterruptedRunEndsWithTheSameBytes(SftConfig config) throws IOException {
        RunRecorder whole = new RunRecorder(-1);
        train(config, "a", "whole", whole);
        RunRecorder first = new RunRecorder(5);
        assertThat(train(config, "b", "first", first).interrupted()).isTrue();
        RunRecorder second = new RunRecorder(-1);
        TrainResult result = train(config, "b", "second", second);
        assertThat(result.interrupted()).isFalse();
        assertThat(second.resumedAt).isEqualTo(5);
        List<Double> losses = new ArrayList<>();
        first.reports.forEach(report -> losses.add(report.loss()));
        second.reports.forEach(report -> losses.add(report.loss()));
        assertThat(losses)
                .isEqualTo(whole.reports.stream().map(StepReport::loss).toList());
        String file = weightsFile(config);
        assertThat(temp.resolve("second").resolve(file))
                .hasSameBinaryContentAs(temp.resolve("whole").resolve(file));
        assertThat(result.steps()).isEqualTo(whole.reports.size());
        assertThat(result.finalLoss()).isEqualTo(losses.getLast());
    }

    @Test
    void theCountsOfAnInterruptedRunAreOfTheWholeRun() {
        SftConfig config = methods().findFirst().orElseThrow();
        TrainResult whole = train(config, "whole", "whole", new RunRecorder(-1));
        train(config, "parts", "first", new RunRecorder(3));
        double secondsOfFirst = secondsIn(temp.resolve("parts/step-00000003"));
        RunRecorder last = new RunRecorder(-1);
        TrainResult parts = train(config, "parts", "second", last);
        assertThat(last.startedAt).containsExactly(3);
        assertThat(parts.steps()).isEqualTo(whole.steps());
        assertThat(parts.tokens()).isEqualTo(whole.tokens());
        double secondsOfLast = last.reports.stream()
                .mapToDouble(report -> report.tokens() / report.tokensPerSecond())
                .sum();
        assertThat(secondsOfFirst).isPositive();
        assertThat(parts.seconds()).isGreaterThanOrEqualTo(secondsOfFirst + secondsOfLast);
    }

    @Test
    void aCheckpointFromBeforeWorkWasCountedIsContinued() throws IOException {
        SftConfig config = methods().findFirst().orElseThrow();
        train(config, "old", "first", new RunRecorder(3));
        Path checkpoint = temp.resolve("old/step-00000003");
        ObjectNode state =
                (ObjectNode) JSON.readTree(checkpoint.resolve("state.json").toFile());
        state.remove(List.of("tokens", "seconds"));
        rewrite(checkpoint, state);
        RunRecorder second = new RunRecorder(-1);
        TrainResult result = train(config, "old", "second", second);
        assertThat(second.startedAt).containsExactly(3);
        assertThat(result.tokens())
                .isEqualTo(second.reports.stream().mapToLong(StepReport::tokens).sum());
    }

    private static double secondsIn(Path checkpoint) {
        try {
            return JSON.readTree(checkpoint.resolve("state.json").toFile())
                    .path("seconds")
                    .asDouble();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Replaces a checkpoint's state, and its digest in the manifest.
    private static void rewrite(Path checkpoint, ObjectNode state) throws IOException {
        Files.writeString(checkpoint.resolve("state.json"), state.toString());
        ObjectNode manifest =
                (ObjectNode) JSON.readTree(checkpoint.resolve("manifest.json").toFile());
        manifest.put("state.json", Digests.ofFile(checkpoint.resolve("state.json")));
        Files.writeString(checkpoint.resolve("manifest.json"), manifest.toString());
    }

    @Test
    void aTornCheckpointIsRefusedAndTheOneBeforeUsed() throws IOException {
        SftConfig config = methods().findFirst().orElseThrow();
        train(config, "c", "first", new RunRecorder(5));
        Path newest = temp.resolve("c/step-00000005/trained.safetensors");
        byte[] bytes = Files.readAllBytes(newest);
        bytes[bytes.length - 1] ^= 1;
        Files.write(newest, bytes);
        Path unfinished = Files.createDirectories(temp.resolve("c/.step-00000006.tmp-1"));
        Files.writeString(unfinished.resolve("state.json"), "{");
        RunRecorder second = new RunRecorder(-1);
        train(config, "c", "second", second);
        assertThat(unfinished).doesNotExist();
        assertThat(second.resumedAt).isEqualTo(4);
        assertThat(second.refused)
                .singleElement()
                .asString()
                .contains("step-00000005")
                .contains("torn");
    }

    enum Damage {
        TRUNCATED,
        EMPTY,
        FLIPPED,
        MISSING,
        A_DIRECTORY;

        void of(Path file) throws IOException {
            byte[] bytes = Files.readAllBytes(file);
            Files.delete(file);
            switch (this) {
                case TRUNCATED -> Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
                case EMPTY -> Files.write(file, new byte[0]);
                case FLIPPED -> {
                    bytes[bytes.length / 3] ^= 4;
                    Files.write(file, bytes);
                }
                case MISSING -> {}
                case A_DIRECTORY -> Files.createDirectory(file);
            }
        }
    }

    /// Every file of the newest checkpoint, damaged in every way: the one before it is used.
    @ParameterizedTest
    @EnumSource(Damage.class)
    void whateverIsTornIsRefusedWithTheReason(Damage damage) throws IOException {
        SftConfig config = methods().findFirst().orElseThrow();
        for (String file : List.of(
                "manifest.json",
                "state.json",
                "trained.safetensors",
                "adam_means.safetensors",
                "adam_squares.safetensors")) {
            Path checkpoints = temp.resolve("torn-" + file);
            train(config, checkpoints.getFileName().toString(), "first", new RunRecorder(5));
            damage.of(checkpoints.resolve("step-00000005").resolve(file));
            RunRecorder second = new RunRecorder(1);
            train(config, checkpoints.getFileName().toString(), "second", second);
            assertThat(second.resumedAt).as(file).isEqualTo(4);
            assertThat(second.refused)
                    .singleElement()
                    .asString()
                    .contains("step-00000005")
                    .contains("torn");
        }
    }

    @Test
    void aCheckpointOfAnotherRunIsRefusedWithTheReason() {
        SftConfig config = methods().findFirst().orElseThrow();
        train(config, "d", "first", new RunRecorder(5));
        SftConfig other = SftConfig.forFull().learningRate(2e-2).batchSize(6).build();
        RunRecorder recorder = new RunRecorder(-1);
        train(other, "d", "second", recorder);
        assertThat(recorder.resumedAt).isEqualTo(-1);
        assertThat(recorder.refused)
                .isNotEmpty()
                .allSatisfy(reason -> assertThat(reason).contains("learningRate was 0.01, now it is 0.02"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"microBatchTokens", "packing", "recompute"})
    void aCheckpointWithAnotherRoundingOrOtherDrawsIsOfAnotherRun(String changed) {
        train(full().build(), "d", "first", new RunRecorder(5));
        SftConfig.Builder other = full();
        switch (changed) {
            case "microBatchTokens" -> other.microBatchTokens(31);
            case "packing" -> other.packing(true);
            default -> other.recompute(true);
        }
        RunRecorder recorder = new RunRecorder(1);
        train(other.build(), "d", "second", recorder);
        assertThat(recorder.resumedAt).isEqualTo(-1);
        assertThat(recorder.refused)
                .isNotEmpty()
                .allSatisfy(reason -> assertThat(reason).contains("of another run: " + changed));
    }

    /// How rows are refused and how often is saved may change while a run waits: it ends with the same bytes.
    @Test
    void aRunGoesOnWithOtherSettingsThatItsBytesDoNotDependOn() {
        train(full().build(), "whole", "whole", new RunRecorder(-1));
        train(full().build(), "d", "first", new RunRecorder(5));
        RunRecorder second = new RunRecorder(-1);
        train(full().maxLength(30).checkpointEverySteps(3).saveTotalLimit(1).build(), "d", "second", second);
        assertThat(second.resumedAt).isEqualTo(5);
        assertThat(temp.resolve("second/model.safetensors"))
                .hasSameBinaryContentAs(temp.resolve("whole/model.safetensors"));
    }

    private static SftConfig.Builder full() {
        return SftConfig.forFull().learningRate(1e-2).batchSize(6).checkpointEverySteps(2);
    }

    @Test
    void onlyTheLastCheckpointsStay() throws IOException {
        SftConfig config = methods().findFirst().orElseThrow();
        train(config, "e", "out", new RunRecorder(-1));
        try (Stream<Path> left = Files.list(temp.resolve("e"))) {
            assertThat(left.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("step-00000010", "step-00000012");
        }
    }

    @Test
    void theCutIntoMicroBatchesDoesNotChangeTheLoss() {
        SftConfig whole = SftConfig.forFull().batchSize(20).epochs(3).build();
        SftConfig cut =
                SftConfig.forFull().batchSize(20).epochs(3).microBatchTokens(31).build();
        RunRecorder a = new RunRecorder(-1);
        RunRecorder b = new RunRecorder(-1);
        train(whole, "f", "whole", a);
        train(cut, "g", "cut", b);
        for (int i = 0; i < 3; i++) {
            assertThat(b.reports.get(i).loss()).isCloseTo(a.reports.get(i).loss(), Offset.offset(1e-5));
            assertThat(b.reports.get(i).gradNorm()).isCloseTo(a.reports.get(i).gradNorm(), Offset.offset(1e-4));
        }
    }

    @Test
    void rowsThatCannotBeTrainedOnAreNamed() {
        try (CausalLm lm = TinyModel.create(temp.resolve("base"), 1)) {
            SftConfig config = SftConfig.forFull().maxLength(10).build();
            List<TokenizedRow> tooLong = List.of(
                    new TokenizedRow(new int[2], new boolean[] {false, true}),
                    new TokenizedRow(new int[11], new boolean[11]));
            assertThatThrownBy(() -> SftTrainer.train(lm, tooLong, config, temp, report -> {}))
                    .hasMessage("row 1: length is 11, expected at most 10 tokens (maxLength)");
            List<TokenizedRow> beyond = List.of(new TokenizedRow(new int[65], new boolean[65]));
            assertThatThrownBy(() -> SftTrainer.train(lm, beyond, full().build(), temp, report -> {}))
                    .hasMessage("row 0: length is 65, expected at most 64 tokens (the base's max_position_embeddings)");
            List<TokenizedRow> nothing = List.of(new TokenizedRow(new int[2], new boolean[2]));
            assertThatThrownBy(() -> SftTrainer.train(lm, nothing, config, temp, report -> {}))
                    .hasMessage("row 0: supervised tokens is 0, expected at least one");
            List<TokenizedRow> unknown = List.of(new TokenizedRow(new int[] {0, 61}, new boolean[] {false, true}));
            assertThatThrownBy(() -> SftTrainer.train(lm, unknown, config, temp, report -> {}))
                    .hasMessage("row 0: token id is 61, expected 0 to 60");
        }
    }

    /// 2,000 steps over rows of changing lengths.
    @Test
    void memoryStaysFlatOverManySteps() {
        SftConfig config = SftConfig.forLora().batchSize(2).epochs(200).build();
        long[] resident = new long[2];
        try (CausalLm lm = TinyModel.create(temp.resolve("base"), 2)) {
            TrainResult result = SftTrainer.train(lm, ROWS, config, temp.resolve("h"), report -> {
                if (report.step() == 100 || report.step() == 2_000) {
                    resident[report.step() / 2_000] = TorchRuntime.residentBytes();
                }
            });
            assertThat(result.steps()).isEqualTo(2_000);
            assertThat(lm.manager().getManagedArrays()).hasSizeLessThan(300);
        }
        System.out.printf("resident after 100 steps %d MB, after 2,000 %d MB%n", resident[0] >> 20, resident[1] >> 20);
        // What this JVM's own heap has grown by is not the engine's.
        assertThat(resident[1]).isLessThan(resident[0] * 105 / 100 + (8 << 20));
    }
}
