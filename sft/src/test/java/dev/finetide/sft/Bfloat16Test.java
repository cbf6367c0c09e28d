package dev.finetide.sft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.sft.torch.Precision;
import dev.finetide.sft.torch.TorchRuntime;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Training that computes in bf16 and learns in fp32.
class Bfloat16Test {
    private static final int STEPS = 12;

    @TempDir
    Path temp;

    static Stream<SftConfig> methods() {
        return Stream.of(
                SftConfig.forLora()
                        .learningRate(1e-2)
                        .batchSize(5)
                        .maxSteps(STEPS)
                        .build(),
                SftConfig.forLora()
                        .learningRate(1e-2)
                        .batchSize(5)
                        .maxSteps(STEPS)
                        .packing(true)
                        .recompute(true)
                        .build(),
                SftConfig.forFull()
                        .learningRate(1e-2)
                        .batchSize(5)
                        .maxSteps(STEPS)
                        .build());
    }

    @ParameterizedTest
    @MethodSource("methods")
    void theLossFallsAsInFp32(SftConfig config) {
        List<Double> wide = train(config, Precision.FP32, "fp32", STEPS);
        List<Double> rounded = train(config, Precision.BF16, "bf16", STEPS);
        assertThat(wide.getLast()).isLessThan(wide.getFirst());
        for (int i = 0; i < STEPS; i++) {
            assertThat(rounded.get(i)).isCloseTo(wide.get(i), Percentage.withPercentage(1));
        }
    }

    @ParameterizedTest
    @MethodSource("methods")
    void aRunThatIsResumedEndsWithTheSameBytes(SftConfig config) {
        List<Double> whole = train(config, Precision.BF16, "whole", STEPS);
        train(config, Precision.BF16, "resumed", 5);
        List<Double> rest = train(config, Precision.BF16, "resumed", STEPS);
        assertThat(rest).isEqualTo(whole.subList(5, STEPS));
        String weights = config.lora().isPresent() ? "adapter_model.safetensors" : "model.safetensors";
        assertThat(temp.resolve("resumed-out").resolve(weights))
                .hasSameBinaryContentAs(temp.resolve("whole-out").resolve(weights));
    }

    @Test
    void weightsTakeHalfTheMemory() {
        EngineOptions bf16 = EngineOptions.defaults().withPrecision(Precision.BF16);
        try (CausalLm lm = TinyModel.create(temp.resolve("base"), bf16)) {
            assertThat(lm.precision()).isEqualTo(Precision.BF16);
            assertThat(TorchRuntime.memory(lm.weights().arrays().getFirst()).byteSize())
                    .isEqualTo(2L * TinyModel.VOCAB * lm.config().hidden());
        }
    }

    /// @param until stops after that many steps
    private List<Double> train(SftConfig config, Precision precision, String name, int until) {
        EngineOptions options = EngineOptions.defaults().withThreads(2).withPrecision(precision);
        List<Double> losses = new ArrayList<>();
        int[] done = {0};
        try (CausalLm lm = TinyModel.create(temp.resolve("base"), options)) {
            TrainResult result =
                    SftTrainer.train(lm, TinyModel.rows(20, 30), config, temp.resolve(name), new TrainingListener() {
                        @Override
                        public void onStep(StepReport step) {
                            losses.add(step.loss());
                            done[0] = step.step();
                        }

                        @Override
                        public boolean stopRequested() {
                            return done[0] == until;
                        }
                    });
            result.save(temp.resolve(name + "-out"), "base");
        }
        return losses;
    }
}
