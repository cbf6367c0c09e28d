package dev.finetide.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.training.v1.Precision;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.EngineOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineConfigTest {
    @TempDir
    Path directory;

    private CausalLm base(EngineOptions options) throws IOException {
        Files.writeString(directory.resolve("config.json"), """
                {"model_type": "llama", "vocab_size": 17, "hidden_size": 8, "intermediate_size": 12,
                 "num_hidden_layers": 1, "num_attention_heads": 2, "max_position_embeddings": 16}
                """);
        return CausalLm.random(directory, 1, options.withDevice("cpu").withThreads(1));
    }

    @Test
    void whatNobodyChoseIsReportedAsItIsUsed() throws IOException {
        try (CausalLm base = base(EngineOptions.defaults())) {
            TrainingConfig used =
                    EngineConfig.inUse(TrainingConfig.newBuilder().setSeed(7).build(), base);
            assertThat(used.getSeed()).isEqualTo(7);
            assertThat(used.getMaxLength()).isEqualTo(16);
            assertThat(used.getPrecision()).isEqualTo(Precision.FP32);
            assertThat(used.getMicroBatchTokens()).isEqualTo(4096);
            assertThat(used.getDevice()).isEqualTo("cpu");
            assertThat(used.getThreads()).isEqualTo(1);
            assertThat(used.getMemoryBudgetBytes()).isPositive();
        }
    }

    @Test
    void whatTheUserChoseStays() throws IOException {
        TrainingConfig chosen = TrainingConfig.newBuilder()
                .setMaxLength(9)
                .setMicroBatchTokens(31)
                .setMemoryBudgetBytes(1L << 40)
                .build();
        try (CausalLm base = base(EngineOptions.defaults()
                .withPrecision(dev.finetide.sft.torch.Precision.BF16)
                .withMemoryBudget(chosen.getMemoryBudgetBytes()))) {
            TrainingConfig used = EngineConfig.inUse(chosen, base);
            assertThat(used.getMaxLength()).isEqualTo(9);
            assertThat(used.getPrecision()).isEqualTo(Precision.BF16);
            assertThat(used.getMicroBatchTokens()).isEqualTo(31);
            assertThat(used.getMemoryBudgetBytes()).isEqualTo(1L << 40);
        }
    }

    /// A checkpoint is bound to its settings. The first attempt is given none of those that it decides itself.
    @Test
    void theSettingsOfTheNextAttemptAreThoseOfTheFirst() throws IOException {
        TrainingConfig asked = TrainingConfig.newBuilder()
                .setMethod(dev.finetide.proto.training.v1.Method.FULL)
                .setBatchSize(2)
                .setEpochs(1)
                .setLearningRate(0.1)
                .build();
        try (CausalLm base = base(EngineOptions.defaults())) {
            TrainingConfig first = EngineConfig.inUse(asked, base);
            assertThat(EngineConfig.sftConfig(EngineConfig.inUse(first, base), base.config(), 4))
                    .isEqualTo(EngineConfig.sftConfig(first, base.config(), 4));
        }
    }
}
