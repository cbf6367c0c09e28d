package dev.finetide.sft.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.modelfiles.config.Family;
import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.modelfiles.config.WeightLayout;
import dev.finetide.sft.lora.LoraShape;
import dev.finetide.sft.lora.LoraWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Numbers counted by hand for D = 8, H = 2, G = 1, K = 4, F = 12, V = 10 and two blocks.
class TrainingFlopsTest {
    /// A block's q, k, v; and its o, gate, up, down.
    private static final long BEFORE = 8 * 8 + 2 * 4 * 8;

    private static final long AFTER = 8 * 8 + 3 * 12 * 8;
    private static final long HEAD = 10 * 8;

    @TempDir
    Path temp;

    private ModelConfig model(String fields) throws IOException {
        Files.writeString(temp.resolve("config.json"), """
                {"vocab_size": 10, "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 2,
                 "num_attention_heads": 2, "num_key_value_heads": 1, "max_position_embeddings": 64, %s}
                """.formatted(fields));
        return Family.read(temp);
    }

    @Test
    void everyTokenPaysForAllWhereAllAreSupervised() throws IOException {
        ModelConfig llama = model("\"model_type\": \"llama\"");
        long linear = 2 * (BEFORE + AFTER) * 6 + HEAD * 6;
        long attention = 2 * 8 * (6 * 6 / 2);
        assertThat(new TrainingFlops(llama, Map.of()).flops(6, 6)).isEqualTo(2 * (3 * linear + 6 * attention));
    }

    @Test
    void theLastBlockGoesOnFromAttentionWithSupervisedTokensOnly() throws IOException {
        ModelConfig llama = model("\"model_type\": \"llama\"");
        long attention = 2 * 8 * (6 * 6 / 2);
        long linear = (2 * BEFORE + AFTER) * 6 + (AFTER + HEAD) * 2;
        assertThat(new TrainingFlops(llama, Map.of()).flops(6, 2)).isEqualTo(2 * (3 * linear + 6 * attention));
        LoraShape lora = new LoraShape(
                3,
                6,
                0,
                false,
                false,
                Set.of(WeightLayout.path(0, "v_proj"), WeightLayout.path(1, "v_proj"), WeightLayout.path(1, "up_proj")),
                Map.of(),
                Map.of());
        long adapter = 2 * 3 * (8 + 4) * 6 + 3 * (8 + 12) * 2;
        assertThat(new TrainingFlops(llama, LoraWeights.shapes(llama, lora)).flops(6, 2))
                .isEqualTo(2 * (2 * linear + 3 * adapter + 6 * attention));
    }

    @Test
    void aWindowHidesWhatLiesBeforeIt() throws IOException {
        ModelConfig llama = model("\"model_type\": \"llama\"");
        ModelConfig mistral = model("\"model_type\": \"mistral\", \"sliding_window\": 4");
        double hidden =
                new TrainingFlops(llama, Map.of()).flops(6, 6) - new TrainingFlops(mistral, Map.of()).flops(6, 6);
        assertThat(hidden).isEqualTo(2 * 6 * 2 * 8 * (2 * 2 / 2));
        assertThat(new TrainingFlops(mistral, Map.of()).flops(4, 4))
                .isEqualTo(new TrainingFlops(llama, Map.of()).flops(4, 4));
    }
}
