package dev.finetide.sft.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.modelfiles.config.Family;
import dev.finetide.sft.torch.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightMemoryTest {
    @TempDir
    Path temp;

    @Test
    void theBytesOfTheLargestModelThatIsAcceptedCanBeCounted() throws IOException {
        Files.writeString(temp.resolve("config.json"), """
                {"model_type": "llama", "vocab_size": 16777216, "hidden_size": 16777216, "intermediate_size": 16777216,
                 "num_hidden_layers": 1024, "num_attention_heads": 4096, "max_position_embeddings": 8}
                """);
        assertThat(WeightMemory.bytes(Family.read(temp), Precision.FP32)).isGreaterThan(7L << 60);
    }
}
