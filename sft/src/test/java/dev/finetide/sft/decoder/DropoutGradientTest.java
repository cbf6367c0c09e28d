package dev.finetide.sft.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.modelfiles.config.WeightLayout;
import dev.finetide.sft.lora.LoraShape;
import dev.finetide.sft.lora.LoraWeights;
import dev.finetide.sft.lora.TargetModules;
import dev.finetide.sft.model.Parameters;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.torch.Precision;
import dev.finetide.sft.torch.TorchRuntime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The gradient with dropout must say how the loss changes while the masks stay: the slope between two points.
class DropoutGradientTest {
    private static final double STEP = 2e-3;

    /// DoRA's A and B stay where they are: the norm that they are part of counts as constant in the gradient.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theGradientIsTheSlopeOfTheLoss(boolean dora) {
        ModelConfig config = TinyConfig.llama(16, 2);
        LoraShape lora = new LoraShape(3, 6, 0.4, false, dora, TargetModules.of(config, List.of("all-linear")));
        try (PtNDManager manager = TorchRuntime.newManager();
                DecoderProgram program = DecoderProgram.forTraining(
                        manager, config, Optional.of(lora), Precision.FP32, 0, KeptActivations.ALL)) {
            Parameters weights = Parameters.random(manager, WeightLayout.base(config), 0.3, 1, 1);
            Parameters adapter = Parameters.random(manager, LoraWeights.shapes(config, lora), 0.3, 1, 2);
            List<NDArray> parameters = weights.arrays();
            parameters.addAll(adapter.arrays());
            Batch batch = Batch.of(manager, List.of(row(9), row(6)));
            Map<String, NDArray> directions = new HashMap<>();
            double expected = 0;
            NDList gradients = gradients(program, manager, batch, parameters);
            for (int i = 0; i < adapter.names().size(); i++) {
                String name = adapter.names().get(i);
                if (!dora || LoraWeights.isMagnitude(name)) {
                    NDArray direction = direction(manager, adapter.array(name), i);
                    directions.put(name, direction);
                    expected += gradients.get(i + 1).mul(direction).sum().getFloat();
                }
            }
            directions.forEach((name, direction) -> adapter.array(name).addi(direction.mul(STEP)));
            double above = gradients(program, manager, batch, parameters).head().getFloat();
            directions.forEach((name, direction) -> adapter.array(name).subi(direction.mul(2 * STEP)));
            double below = gradients(program, manager, batch, parameters).head().getFloat();
            assertThat((above - below) / (2 * STEP)).isCloseTo(expected, Offset.offset(0.01 * Math.abs(expected)));
        }
    }

    /// Computes the gradients, always with the same masks.
    private static NDList gradients(
            DecoderProgram program, PtNDManager manager, Batch batch, List<NDArray> parameters) {
        TorchRuntime.seed(3);
        return program.gradients(manager, batch, parameters);
    }

    private static NDArray direction(PtNDManager manager, NDArray array, int seed) {
        Random random = new Random(seed);
        float[] values = new float[(int) array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return manager.create(values, array.getShape());
    }

    private static TokenizedRow row(int length) {
        boolean[] supervised = new boolean[length];
        for (int t = length / 2; t < length; t++) {
            supervised[t] = true;
        }
        return new TokenizedRow(new Random(length).ints(length, 0, 30).toArray(), supervised);
    }
}
