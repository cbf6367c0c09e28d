package dev.finetide.sft;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.sft.decoder.Batch;
import dev.finetide.sft.decoder.DecoderProgram;
import dev.finetide.sft.decoder.KeptActivations;
import dev.finetide.sft.golden.GoldenFolders;
import dev.finetide.sft.lora.LoraShape;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.torch.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// How rows are laid out and what is kept for the backward changes no result.
class PackingTest {
    private static final double ROUNDING = 3e-5;

    /// Own tokens, one more than are read, of rows of several blocks of queries; of such that have padding only beside
    /// each other, only at the end, and none.
    private static final List<List<Integer>> LENGTHS =
            List.of(List.of(41, 10, 3, 24, 58), List.of(41, 25), List.of(21, 21), List.of(65, 65));

    /// Tokens that all rows begin with: none, less than a block of queries, several blocks and a part.
    private static final List<Integer> SHARED = List.of(0, 7, 45);

    static Stream<Path> models() throws IOException {
        return GoldenFolders.all();
    }

    @ParameterizedTest
    @MethodSource("models")
    void rowsTogetherOrAloneOrPackedGiveTheSameLossAndGradients(Path dir) {
        try (CausalLm lm = load(dir);
                Adapter adapter = lm.attach(dir.resolve("adapter"));
                PtNDManager manager = lm.manager().newSubManager(lm.manager().getDevice());
                DecoderProgram program = program(lm, manager, adapter.shape(), KeptActivations.ALL)) {
            for (List<Integer> lengths : LENGTHS) {
                for (int shared : SHARED) {
                    List<TokenizedRow> rows = rows(lm.config().vocab(), lengths, shared);
                    NDList expected = alone(program, manager, rows, lm.parameters());
                    for (Precision padding : Precision.values()) {
                        for (Batch.Layout layout : Batch.Layout.values()) {
                            Batch batch = Batch.of(manager, rows, layout, padding);
                            assertThat(batch.rows().shared()).isEqualTo(layout == Batch.Layout.SHARED ? shared : 0);
                            expectEqual(expected, program.gradients(manager, batch, lm.parameters()));
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void whatFollowsTheLastSupervisedTokenChangesNoBit(Path dir) {
        try (CausalLm lm = load(dir);
                Adapter adapter = lm.attach(dir.resolve("adapter"));
                PtNDManager manager = lm.manager().newSubManager(lm.manager().getDevice());
                DecoderProgram program = program(lm, manager, adapter.shape(), KeptActivations.ALL)) {
            List<TokenizedRow> rows = rows(lm.config().vocab(), LENGTHS.getFirst(), 7);
            List<TokenizedRow> longer = rows.stream()
                    .map(row -> new TokenizedRow(
                            Arrays.copyOf(row.ids(), row.length() + 30),
                            Arrays.copyOf(row.supervised(), row.length() + 30)))
                    .toList();
            for (Batch.Layout layout : Batch.Layout.values()) {
                expectSameBits(
                        program.gradients(manager, Batch.of(manager, rows, layout, Precision.FP32), lm.parameters()),
                        program.gradients(manager, Batch.of(manager, longer, layout, Precision.FP32), lm.parameters()));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void whatIsComputedAgainHasTheSameBits(Path dir) {
        try (CausalLm lm = load(dir);
                Adapter adapter = lm.attach(dir.resolve("adapter"));
                PtNDManager manager = lm.manager().newSubManager(lm.manager().getDevice());
                DecoderProgram whole = program(lm, manager, adapter.shape(), KeptActivations.ALL);
                DecoderProgram withoutScores = program(lm, manager, adapter.shape(), KeptActivations.ALL_BUT_SCORES);
                DecoderProgram blockInputs = program(lm, manager, adapter.shape(), KeptActivations.BLOCK_INPUTS)) {
            List<TokenizedRow> rows = rows(lm.config().vocab(), LENGTHS.getFirst(), 7);
            for (Batch.Layout layout : Batch.Layout.values()) {
                Batch batch = Batch.of(manager, rows, layout, Precision.FP32);
                NDList expected = whole.gradients(manager, batch, lm.parameters());
                expectSameBits(expected, withoutScores.gradients(manager, batch, lm.parameters()));
                expectSameBits(expected, blockInputs.gradients(manager, batch, lm.parameters()));
            }
        }
    }

    /// The sum over rows that never meet.
    private static NDList alone(
            DecoderProgram program, PtNDManager manager, List<TokenizedRow> rows, List<NDArray> parameters) {
        NDList sum = program.gradients(manager, Batch.of(manager, rows.subList(0, 1)), parameters);
        for (TokenizedRow row : rows.subList(1, rows.size())) {
            NDList more = program.gradients(manager, Batch.of(manager, List.of(row)), parameters);
            for (int i = 0; i < sum.size(); i++) {
                sum.set(i, sum.get(i).add(more.get(i)));
            }
        }
        return sum;
    }

    private static CausalLm load(Path dir) {
        return CausalLm.load(dir, EngineOptions.defaults().withThreads(1));
    }

    private static DecoderProgram program(CausalLm lm, PtNDManager manager, LoraShape shape, KeptActivations kept) {
        return DecoderProgram.forTraining(manager, lm.config(), Optional.of(shape), Precision.FP32, 0, kept);
    }

    private static void expectSameBits(NDList expected, NDList actual) {
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i).toFloatArray()).isEqualTo(expected.get(i).toFloatArray());
        }
    }

    private static void expectEqual(NDList expected, NDList actual) {
        for (int i = 0; i < expected.size(); i++) {
            NDArray difference = actual.get(i).sub(expected.get(i));
            assertThat((double) difference.norm().getFloat())
                    .isLessThanOrEqualTo(ROUNDING * expected.get(i).norm().getFloat());
        }
    }

    private static List<TokenizedRow> rows(int vocab, List<Integer> lengths, int shared) {
        Random random = new Random(5);
        int[] beginning = random.ints(shared, 0, vocab).toArray();
        List<TokenizedRow> rows = new ArrayList<>();
        for (int i = 0; i < lengths.size(); i++) {
            int length = shared + lengths.get(i);
            int[] ids = random.ints(length, 0, vocab).toArray();
            System.arraycopy(beginning, 0, ids, 0, shared);
            ids[shared] = i; // where they differ
            boolean[] supervised = new boolean[length];
            for (int t = shared + 1; t < length; t++) {
                supervised[t] = t == length - 1 || random.nextBoolean();
            }
            rows.add(new TokenizedRow(ids, supervised));
        }
        return rows;
    }
}
