package dev.finetide.sft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.TensorType;
import dev.finetide.modelfiles.config.WeightLayout;
import dev.finetide.sft.EngineOptions.Quantization;
import dev.finetide.sft.generate.Generation;
import dev.finetide.sft.generate.GenerationConfig;
import dev.finetide.sft.generate.Generator;
import dev.finetide.sft.safetensors.SafetensorsWriter;
import dev.finetide.sft.torch.Precision;
import dev.finetide.sft.torch.TorchRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// LoRA over a base in 4 bits.
class QloraTest {
    private static final EngineOptions PLAIN = EngineOptions.defaults().withThreads(1);
    private static final EngineOptions NF4 = PLAIN.withQuantization(Quantization.NF4);

    @TempDir
    Path temp;

    Path dir;

    @BeforeEach
    void saveModel() throws IOException {
        Path source = Files.createDirectories(temp.resolve("source"));
        Files.writeString(source.resolve("config.json"), """
                {"model_type": "qwen2", "vocab_size": 61, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
                 "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 64}
                """);
        dir = temp.resolve("model");
        try (CausalLm lm = CausalLm.random(source, 7, PLAIN)) {
            lm.save(dir, TensorType.F32);
        }
    }

    /// The engine computes with exactly the numbers that the 4 bits stand for.
    @ParameterizedTest
    @EnumSource(Precision.class)
    void isLoraOverTheDequantisedBase(Precision precision) throws IOException {
        Path dequantised = temp.resolve("dequantised");
        try (CausalLm lm = CausalLm.load(dir, NF4)) {
            saveDequantised(lm, dequantised);
        }
        // In bf16 DoRA's first magnitudes differ: here they are those of the numbers before they are rounded.
        for (boolean dora : precision == Precision.FP32 ? List.of(false, true) : List.of(false)) {
            List<Double> losses = new ArrayList<>();
            try (CausalLm lm = CausalLm.load(dir, NF4.withPrecision(precision))) {
                losses.addAll(train(lm, dora, "nf4"));
            }
            try (CausalLm lm = CausalLm.load(dequantised, PLAIN.withPrecision(precision))) {
                assertThat(losses).isEqualTo(train(lm, dora, "plain"));
            }
            assertThat(Files.readAllBytes(temp.resolve(dora + "nf4/adapter_model.safetensors")))
                    .isEqualTo(Files.readAllBytes(temp.resolve(dora + "plain/adapter_model.safetensors")));
        }
    }

    private List<Double> train(CausalLm lm, boolean dora, String name) {
        LoraConfig lora = new LoraConfig(4, 8, 0, false, dora, List.of("all-linear"));
        SftConfig config =
                SftConfig.forLora().lora(lora).learningRate(0.02).batchSize(5).build();
        List<Double> losses = new ArrayList<>();
        Path out = temp.resolve(dora + name);
        SftTrainer.train(lm, TinyModel.rows(20, 20), config, temp.resolve("none"), step -> losses.add(step.loss()))
                .save(out, "base");
        lm.attach(out);
        List<Generation> texts =
                new Generator(lm).generate(List.of(new int[] {1, 2, 3}), GenerationConfig.greedy(8, Set.of()));
        for (int token : texts.getFirst().newTokens()) {
            losses.add((double) token);
        }
        return losses;
    }

    private static void saveDequantised(CausalLm lm, Path out) throws IOException {
        Files.createDirectories(out);
        Files.copy(lm.dir().resolve("config.json"), out.resolve("config.json"));
        SafetensorsWriter writer = new SafetensorsWriter(TensorType.F32);
        try (PtNDManager manager = lm.manager().newSubManager(lm.manager().getDevice())) {
            WeightLayout.base(lm.config()).forEach((name, shape) -> {
                NDArray wide = lm.weights().wide(manager, name);
                writer.add(name, shape, TorchRuntime.memory(wide));
            });
            writer.write(out.resolve("model.safetensors"));
        }
    }

    @Test
    void aBaseInFourBitsIsFrozen() {
        try (CausalLm lm = CausalLm.load(dir, NF4)) {
            assertThatThrownBy(() -> SftTrainer.train(
                            lm, TinyModel.rows(4, 9), SftConfig.forFull().build(), temp.resolve("none"), step -> {}))
                    .hasMessage("quantization is NF4, expected NONE for full fine-tuning");
            assertThatThrownBy(() -> lm.save(temp.resolve("out"), TensorType.F32))
                    .hasMessageContaining("quantization is NF4");
            long plain = 4 * lm.parameterCount();
            long held = lm.weights().arrays().stream()
                    .mapToLong(array -> TorchRuntime.memory(array).byteSize())
                    .sum();
            assertThat(held).isLessThan(plain);
        }
    }

    @Test
    void aShapeThatHasNoWholeBlocksIsRefused() throws IOException {
        Path source = temp.resolve("odd");
        try (CausalLm lm = TinyModel.create(source, 1)) {
            lm.save(temp.resolve("odd-model"), TensorType.F32);
        }
        assertThatThrownBy(() -> CausalLm.load(temp.resolve("odd-model"), NF4))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("k_proj.weight\" has shape [12, 24], expected a multiple of 64 elements for NF4");
    }
}
