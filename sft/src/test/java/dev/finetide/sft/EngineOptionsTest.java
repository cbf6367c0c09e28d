package dev.finetide.sft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.torch.Precision;
import dev.finetide.sft.torch.TorchRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineOptionsTest {
    private static final EngineOptions OPTIONS = EngineOptions.defaults().withThreads(1);
    private static final long MB = 1_000_000;

    @TempDir
    Path temp;

    @Test
    void aDeviceThatIsNotThereIsRefusedWithWhatIs() {
        assertThatThrownBy(() -> TinyModel.create(temp, OPTIONS.withDevice("cuda:99")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("device is cuda:99, expected auto")
                .hasMessageContaining("sees ");
        assertThatThrownBy(() -> OPTIONS.withDevice("tpu"))
                .hasMessage("device is tpu, expected auto, cpu, cuda or cuda:N");
        try (CausalLm lm = TinyModel.create(temp, OPTIONS.withDevice("cpu"))) {
            assertThat(lm.device()).isEqualTo("cpu (1 threads)");
        }
    }

    @Test
    void weightsThatAreMoreThanTheBudgetAreRefusedBeforeTheyAreThere() throws IOException {
        wideVocabulary(2_000_000);
        EngineOptions fp32 = OPTIONS.withPrecision(Precision.FP32);
        long before = TorchRuntime.residentBytes();
        assertThatThrownBy(() -> CausalLm.random(temp, 1, fp32.withMemoryBudget(before + 100 * MB)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching(
                        "memoryBudget is [0-9.]+ [MG]B, expected at least [0-9.]+ GB: 512,\\d{3},\\d{3} weights"
                                + " in FP32 take 2\\.05 GB on top of [0-9.]+ [MG]B");
        assertThat(TorchRuntime.residentBytes() - before).isLessThan(100 * MB);
        assertThatThrownBy(() -> OPTIONS.withMemoryBudget(-1)).hasMessageStartingWith("memoryBudget is -1");
    }

    @Test
    void aRunIsRefusedBeforeItsOptimiserIsThere() throws IOException {
        wideVocabulary(100_000);
        SftConfig full = SftConfig.forFull().maxSteps(1).build();
        List<TokenizedRow> rows = TinyModel.rows(4, 9);
        // Room for the weights, 104 MB, and not for three times as much on top of them.
        EngineOptions options =
                OPTIONS.withPrecision(Precision.FP32).withMemoryBudget(TorchRuntime.residentBytes() + 300 * MB);
        try (CausalLm lm = CausalLm.random(temp, 1, options)) {
            long before = TorchRuntime.residentBytes();
            assertThatThrownBy(() -> SftTrainer.prepare(lm, rows, List.of(), full))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageMatching(
                            "memoryBudget is .*: gradients and optimiser of 25,\\d{3},\\d{3} weights take 31\\d MB"
                                    + " on top of .*");
            assertThat(TorchRuntime.residentBytes() - before).isLessThan(50 * MB);
        }
    }

    @Test
    void aPeakOverTheBudgetIsRefusedWithWhatTakesLess() {
        MemoryBudget budget = new MemoryBudget(500 * MB);
        budget.require(500 * MB, "fits");
        assertThatThrownBy(() -> budget.require(1_700 * MB, "so much it takes"))
                .hasMessage("memoryBudget is 500 MB, expected at least 1.70 GB: so much it takes");
        new MemoryBudget(0).require(TorchRuntime.residentBytes(), "fits");
        assertThatThrownBy(() -> new MemoryBudget(0).require(Long.MAX_VALUE, "all"))
                .hasMessageContaining("(all there is)");
    }

    private void wideVocabulary(int vocab) throws IOException {
        Files.writeString(temp.resolve("config.json"), """
                {"model_type": "llama", "vocab_size": %d, "hidden_size": 256, "intermediate_size": 16,
                 "num_hidden_layers": 1, "num_attention_heads": 2, "max_position_embeddings": 64,
                 "tie_word_embeddings": true}
                """.formatted(vocab));
    }
}
