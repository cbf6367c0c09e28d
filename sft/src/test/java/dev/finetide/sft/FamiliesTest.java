package dev.finetide.sft;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.sft.decoder.Batch;
import dev.finetide.sft.decoder.DecoderProgram;
import dev.finetide.sft.decoder.KeptActivations;
import dev.finetide.sft.generate.Generation;
import dev.finetide.sft.generate.GenerationConfig;
import dev.finetide.sft.generate.Generator;
import dev.finetide.sft.golden.GoldenFolder;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.torch.Precision;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Checks that hold for every family.
class FamiliesTest {
    static Stream<Path> families() {
        return GoldenFolder.in(Path.of("src/test/resources/golden")).stream();
    }

    private static CausalLm load(Path dir) {
        return CausalLm.load(dir, EngineOptions.defaults().withThreads(1).withPrecision(Precision.FP32));
    }

    @ParameterizedTest
    @MethodSource("families")
    void packedRowsHaveTheGradientsOfRowsBesideEachOther(Path dir) {
        try (CausalLm lm = load(dir);
                GoldenFolder golden = new GoldenFolder(dir);
                PtNDManager manager = lm.manager().newSubManager(lm.manager().getDevice());
                DecoderProgram program = DecoderProgram.forTraining(
                        manager, lm.config(), Optional.empty(), Precision.FP32, 0, KeptActivations.ALL)) {
            List<TokenizedRow> rows = new ArrayList<>(golden.rows());
            rows.addAll(golden.rows().reversed());
            NDList apart = program.gradients(manager, Batch.of(manager, rows), lm.parameters());
            NDList packed = program.gradients(
                    manager, Batch.of(manager, rows, Batch.Layout.PACKED, Precision.FP32), lm.parameters());
            for (int i = 0; i < apart.size(); i++) {
                NDArray difference = apart.get(i).sub(packed.get(i));
                double norm = apart.get(i).norm().getFloat();
                // Of a key's bias the true gradient is 0.
                assertThat(difference.norm().getFloat()).isLessThan((float) (1e-5 * Math.max(norm, 1)));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void aPromptsTextDoesNotDependOnItsNeighbours(Path dir) {
        try (CausalLm lm = load(dir);
                GoldenFolder golden = new GoldenFolder(dir)) {
            int[] row = golden.rows().getFirst().ids();
            List<int[]> prompts = Stream.of(2, 9, 5, 12)
                    .map(length -> Arrays.copyOf(row, length))
                    .toList();
            GenerationConfig greedy = GenerationConfig.greedy(12, Set.of());
            List<Generation> together = new Generator(lm).generate(prompts, greedy);
            for (int i = 0; i < prompts.size(); i++) {
                Generation alone = new Generator(lm)
                        .generate(List.of(prompts.get(i)), greedy)
                        .getFirst();
                assertThat(together.get(i).newTokens()).isEqualTo(alone.newTokens());
            }
        }
    }
}
