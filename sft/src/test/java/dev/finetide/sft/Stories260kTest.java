package dev.finetide.sft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.finetide.sft.generate.Generation;
import dev.finetide.sft.generate.GenerationConfig;
import dev.finetide.sft.generate.Generator;
import dev.finetide.sft.golden.GoldenFolders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// A real pretrained model writes its published greedy text.
class Stories260kTest {
    @Test
    void writesItsPublishedText() throws IOException {
        Path dir = GoldenFolders.shared().resolve("models/stories260k");
        if (!Files.isDirectory(dir)) {
            System.out.println("skipped: " + dir + " is absent");
            assumeTrue(false, "no shared/models/stories260k");
        }
        try (CausalLm lm = CausalLm.load(dir, EngineOptions.defaults())) {
            int[] bos = {lm.tokenizer().bosId().orElseThrow()};
            Generation generation = new Generator(lm)
                    .generate(List.of(bos), GenerationConfig.greedy(200, Set.of()))
                    .getFirst();
            assertThat(lm.tokenizer().decode(generation.newTokens(), true))
                    .isEqualTo(
                            Files.readString(dir.resolve("expected-greedy.txt")).strip());
        }
    }
}
