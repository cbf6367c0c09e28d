package dev.finetide.sft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.sft.lora.LoraShape;
import dev.finetide.sft.text.TokenizedRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Adapters whose modules differ in rank and alpha (PEFT's `rank_pattern` and `alpha_pattern`).
/// That they compute what PEFT computes, and train like it, is in the goldens.
class AdapterPatternsTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden/mistral-lora-patterns");
    private static final EngineOptions OPTIONS = EngineOptions.defaults().withThreads(1);

    @TempDir
    Path temp;

    private Path adapter;

    @BeforeEach
    void copyTheAdapter() throws IOException {
        adapter = Files.createDirectories(temp.resolve("adapter"));
        try (Stream<Path> files = Files.list(GOLDEN.resolve("adapter"))) {
            for (Path file : files.toList()) {
                Files.copy(file, adapter.resolve(file.getFileName()));
            }
        }
    }

    @Test
    void theFirstPatternThatFitsCounts() throws IOException {
        Path file = adapter.resolve("adapter_config.json");
        Files.writeString(
                file, Files.readString(file).replace("\"v_proj\": 2", "\"v_proj\": 2, \".*v_proj\": 9, \"proj\": 9"));
        try (CausalLm lm = CausalLm.load(GOLDEN, OPTIONS);
                Adapter attached = lm.attach(adapter)) {
            assertThat(attached.shape().ranks())
                    .containsOnly(
                            Map.entry("model.layers.0.self_attn.v_proj", 2),
                            Map.entry("model.layers.1.self_attn.v_proj", 2),
                            Map.entry("model.layers.1.mlp.gate_proj", 4),
                            Map.entry("model.layers.1.mlp.up_proj", 4),
                            Map.entry("model.layers.1.mlp.down_proj", 4));
            assertThat(attached.shape().alphas())
                    .containsOnly(
                            Map.entry("model.layers.0.self_attn.o_proj", 1.5),
                            Map.entry("model.layers.1.mlp.up_proj", 11.0));
        }
    }

    @Test
    void trainingGoesOnFromSuchAnAdapterAndWritesItsPatterns() throws IOException {
        Path trained = temp.resolve("trained");
        LoraShape before;
        try (CausalLm lm = CausalLm.load(GOLDEN, OPTIONS)) {
            before = lm.attach(adapter).shape();
            SftConfig config = SftConfig.forLora()
                    .lora(new LoraConfig(3, 5, 0, false, List.copyOf(before.modules())))
                    .batchSize(4)
                    .maxSteps(2)
                    .build();
            SftTrainer.train(
                            lm,
                            TinyModel.rows(8, 9).stream()
                                    .map(AdapterPatternsTest::small)
                                    .toList(),
                            config,
                            temp.resolve("c"),
                            report -> {})
                    .save(trained, "base");
        }
        try (CausalLm lm = CausalLm.load(GOLDEN, OPTIONS)) {
            assertThat(lm.attach(trained).shape()).isEqualTo(before);
        }
        assertThat(Files.readString(trained.resolve("adapter_config.json")))
                .contains("\"model.layers.1.mlp.up_proj\" : 4", "\"model.layers.1.mlp.up_proj\" : 11.0");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            "v_proj": 2   | "v_proj": 0    | rank_pattern: v_proj: expected a whole number from 1 to 65536, found 0
            "v_proj": 2   | "v_proj": "a"  | rank_pattern: v_proj: expected a whole number
            "v_proj": 2   | "v_(proj": 2   | rank_pattern: expected regular expressions for modules
            "v_proj": 2   | "v_proj": 3    | has shape [2, 12], expected [3, 12]
            "o_proj": 1.5 | "o_proj": -1.5 | alpha_pattern: o_proj: expected a number above 0
            """)
    void aMalformedPatternIsRefusedByItsKey(String right, String wrong, String reason) throws IOException {
        Path file = adapter.resolve("adapter_config.json");
        String config = Files.readString(file);
        assertThat(config).contains(right);
        Files.writeString(file, config.replace(right, wrong));
        try (CausalLm lm = CausalLm.load(GOLDEN, OPTIONS)) {
            assertThatThrownBy(() -> lm.attach(adapter))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining(reason);
        }
    }

    private static TokenizedRow small(TokenizedRow row) {
        return new TokenizedRow(Arrays.stream(row.ids()).map(id -> id % 40).toArray(), row.supervised());
    }
}
