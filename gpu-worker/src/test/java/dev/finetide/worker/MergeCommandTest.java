package dev.finetide.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.modelfiles.TensorType;
import dev.finetide.sft.Adapter;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.EngineOptions;
import dev.finetide.sft.Scorer;
import dev.finetide.sft.SftConfig;
import dev.finetide.sft.SftTrainer;
import dev.finetide.sft.safetensors.SafetensorsFile;
import dev.finetide.sft.text.TokenizedRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MergeCommandTest {
    private static final EngineOptions OPTIONS = EngineOptions.defaults().withThreads(1);

    private static final List<TokenizedRow> ROWS = IntStream.range(0, 8)
            .mapToObj(i -> new TokenizedRow(new int[] {1, 2 + i, 3, 4}, new boolean[] {false, false, true, true}))
            .toList();

    @TempDir
    Path temp;

    @Test
    void theMergedModelComputesWhatBaseAndAdapterDid() throws IOException {
        double[] expected = baseAndAdapter(TensorType.F32);
        assertThat(merge()).isZero();
        assertThat(nll("merged")).isCloseTo(expected[1], Offset.offset(1e-4));
        assertThat(nll("base")).isEqualTo(expected[0]).isNotCloseTo(expected[1], Offset.offset(1e-2));
        assertThat(type("merged")).isEqualTo(TensorType.F32);
        assertThat(temp.resolve("merged/generation_config.json")).hasContent("{}");
        assertThat(Files.readString(temp.resolve("merged/config.json"))).contains("float32");
    }

    @Test
    void theTypeIsTheBasesUnlessAnotherIsAskedFor() throws IOException {
        baseAndAdapter(TensorType.BF16);
        assertThat(merge()).isZero();
        assertThat(type("merged")).isEqualTo(TensorType.BF16);
        assertThat(merge("--dtype=float32")).isZero();
        assertThat(type("merged")).isEqualTo(TensorType.F32);
    }

    @Test
    void anAdapterThatIsNotThereIsRefused() throws IOException {
        baseAndAdapter(TensorType.F32);
        Files.delete(temp.resolve("adapter/adapter_config.json"));
        assertThat(merge()).isEqualTo(78);
    }

    @Test
    void anAdapterOfAnotherTemplateContractIsNeitherMergedNorAsked() throws IOException {
        baseAndAdapter(TensorType.F32);
        Files.writeString(temp.resolve("base/chat_template.jinja"), "{{ messages[0].content }}");

        assertThat(merge()).isEqualTo(78);
        assertThat(temp.resolve("merged/model.safetensors")).doesNotExist();
        assertThat(Main.commandLine()
                        .execute(
                                "generate",
                                "--base=" + temp.resolve("base"),
                                "--adapter=" + temp.resolve("adapter"),
                                "--prompt=a",
                                "--threads=1"))
                .isEqualTo(78);
    }

    private int merge(String... more) {
        String[] arguments = {
            "merge",
            "--base=" + temp.resolve("base"),
            "--adapter=" + temp.resolve("adapter"),
            "--out=" + temp.resolve("merged"),
            "--threads=1"
        };
        return Main.commandLine()
                .execute(Stream.concat(Arrays.stream(arguments), Arrays.stream(more))
                        .toArray(String[]::new));
    }

    /// Computes the losses without and with the adapter.
    private double[] baseAndAdapter(TensorType type) throws IOException {
        Path config = Files.createDirectories(temp.resolve("config"));
        Files.writeString(config.resolve("config.json"), """
                {"model_type": "llama", "vocab_size": 17, "hidden_size": 8, "intermediate_size": 12,
                 "num_hidden_layers": 1, "num_attention_heads": 2, "max_position_embeddings": 16}
                """);
        Files.writeString(config.resolve("generation_config.json"), "{}");
        try (CausalLm lm = CausalLm.random(config, 1, OPTIONS)) {
            lm.save(temp.resolve("base"), type);
        }
        try (CausalLm lm = CausalLm.load(temp.resolve("base"), OPTIONS)) {
            double base = nll(lm);
            SftConfig sft = SftConfig.forLora().learningRate(0.05).maxSteps(20).build();
            SftTrainer.train(lm, ROWS, sft, temp.resolve("checkpoints"), report -> {})
                    .save(temp.resolve("adapter"), "base");
            try (Adapter adapter = lm.attach(temp.resolve("adapter"))) {
                return new double[] {base, nll(lm)};
            }
        }
    }

    private double nll(String model) {
        try (CausalLm lm = CausalLm.load(temp.resolve(model), OPTIONS)) {
            return nll(lm);
        }
    }

    private static double nll(CausalLm lm) {
        return new Scorer(lm)
                .score(ROWS).stream().mapToDouble(score -> score.nll()).sum();
    }

    private TensorType type(String model) {
        try (SafetensorsFile file = new SafetensorsFile(temp.resolve(model).resolve("model.safetensors"))) {
            return file.tensors().values().iterator().next().type();
        }
    }
}
