package dev.finetide.sft.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.torch.Precision;
import dev.finetide.sft.torch.TorchProgram;
import dev.finetide.sft.torch.TorchRuntime;
import dev.finetide.sft.torch.TorchSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The noise of NEFTune: uniform, within alpha / sqrt(L D) for the length L of a token's own row,
/// packed or not.
class NeftuneTest {
    private static final double ALPHA = 5;
    private static final int WIDTH = 512;
    private static final int[] LENGTHS = {5, 80, 20};

    private static final List<TokenizedRow> ROWS =
            Arrays.stream(LENGTHS).mapToObj(NeftuneTest::row).toList();

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SHARED")
    void rowsHaveNoiseOfTheirOwnLength(Batch.Layout layout) {
        try (PtNDManager manager = TorchRuntime.newManager()) {
            NDArray noise = noise(manager, Batch.of(manager, ROWS, layout, Precision.FP32));
            int first = 0;
            for (int length : LENGTHS) {
                int end = first + length - 1; // the last token is not read
                isUniformWithin(noise.get(new NDIndex("{}:{}", first, end)), length);
                first = end;
            }
        }
    }

    private static void isUniformWithin(NDArray noise, int length) {
        double bound = ALPHA / Math.sqrt((double) length * WIDTH);
        assertThat((double) noise.abs().max().getFloat())
                .isLessThanOrEqualTo(bound * (1 + 1e-6))
                .isGreaterThan(0.99 * bound);
        assertThat((double) noise.square().mean().getFloat())
                .isCloseTo(bound * bound / 3, Percentage.withPercentage(10));
        assertThat(Math.abs((double) noise.mean().getFloat())).isLessThan(bound / 20);
    }

    private static NDArray noise(PtNDManager manager, Batch batch) {
        ModelConfig config = TinyConfig.llama(WIDTH, 1);
        TorchSource source = Decoder.source(
                config,
                Optional.empty(),
                Optional.of(new Decoder.Learning(ALPHA, KeptActivations.ALL)),
                Precision.FP32);
        TorchRuntime.seed(1);
        try (TorchProgram program = new TorchProgram(manager, source)) {
            Shape shape = batch.ids().getShape().add(WIDTH);
            NDArray x = manager.zeros(shape, DataType.FLOAT32);
            return program.call(manager, "neftune_noise", x, batch.rowLengths()).singletonOrThrow();
        }
    }

    private static TokenizedRow row(int length) {
        boolean[] supervised = new boolean[length];
        supervised[length - 1] = true;
        return new TokenizedRow(new int[length], supervised);
    }
}
