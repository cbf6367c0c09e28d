package dev.finetide.sft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.TensorType;
import dev.finetide.sft.generate.Generation;
import dev.finetide.sft.generate.GenerationConfig;
import dev.finetide.sft.generate.Generator;
import dev.finetide.sft.safetensors.SafetensorsFile;
import dev.finetide.sft.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CausalLmTest {
    private static final EngineOptions OPTIONS = EngineOptions.defaults().withThreads(1);
    private static final String EMBEDDING = "model.embed_tokens.weight";

    @TempDir
    Path temp;

    Path dir;

    @BeforeEach
    void saveModel() {
        dir = temp.resolve("model");
        try (CausalLm lm = TinyModel.create(temp.resolve("config"), 1)) {
            lm.save(dir, TensorType.F32);
        }
    }

    @Test
    void aSavedModelIsLoadedAgainAndItsDigestNamesItsContent() throws IOException {
        String digest = CausalLm.baseDigest(dir);
        try (CausalLm lm = CausalLm.load(dir, OPTIONS)) {
            lm.save(temp.resolve("again"), TensorType.F32);
            lm.save(temp.resolve("small"), TensorType.BF16);
        }
        assertThat(CausalLm.baseDigest(temp.resolve("again"))).isEqualTo(digest);
        assertThat(CausalLm.baseDigest(temp.resolve("small"))).isNotEqualTo(digest);
        assertThat(Files.readString(temp.resolve("small/config.json"))).contains("\"torch_dtype\" : \"bfloat16\"");
        try (CausalLm lm = CausalLm.load(temp.resolve("small"), OPTIONS)) {
            assertThat(lm.config().vocab()).isEqualTo(TinyModel.VOCAB);
        }
    }

    @Test
    void shardedWeightsAreReadByTheirIndex() throws IOException {
        List<String> names;
        try (SafetensorsFile whole = new SafetensorsFile(dir.resolve("model.safetensors"))) {
            names = new ArrayList<>(whole.tensors().keySet());
            StringBuilder map = new StringBuilder();
            for (int shard = 0; shard < 2; shard++) {
                SafetensorsWriter writer = new SafetensorsWriter(TensorType.F32);
                for (int i = shard; i < names.size(); i += 2) {
                    String name = names.get(i);
                    writer.add(name, whole.tensor(name).dimensions(), MemorySegment.ofArray(whole.floats(name)));
                    map.append(map.isEmpty() ? "" : ",")
                            .append("\"%s\":\"part-%d.safetensors\"".formatted(name, shard));
                }
                writer.write(dir.resolve("part-" + shard + ".safetensors"));
            }
            Files.writeString(dir.resolve("model.safetensors.index.json"), "{\"weight_map\":{" + map + "}}");
        }
        List<Generation> single = generate();
        Files.delete(dir.resolve("model.safetensors"));
        assertThat(generate().getFirst().newTokens())
                .isEqualTo(single.getFirst().newTokens());
        Files.delete(dir.resolve("part-1.safetensors"));
        assertThatThrownBy(this::generate).hasMessageContaining("part-1.safetensors");
    }

    private List<Generation> generate() {
        try (CausalLm lm = CausalLm.load(dir, OPTIONS)) {
            return new Generator(lm).generate(List.of(new int[] {1, 2, 3}), GenerationConfig.greedy(9, Set.of()));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "model_type": "llama"         | "model_type": "gpt2"           | model_type: expected one of [gemma3_text, llama
            "hidden_size": 24             | "hidden_size": "24"            | hidden_size: expected a whole number
            "hidden_size": 24             | "hidden_size": -1              | hidden_size: expected a whole number
            "hidden_size": 24             | "hidden_size": 2.5             | hidden_size: expected a whole number
            "hidden_size": 24,            | ""x": 1,                       | not JSON
            "num_hidden_layers": 2        | "num_hidden_layers": 3         | tensor "model.layers.2
            "num_hidden_layers": 2        | "num_hidden_layers": 1         | is not part of the model
            "intermediate_size": 40       | "intermediate_size": 41        | expected [41, 24]
            "num_key_value_heads": 2      | "num_key_value_heads": 3       | is no multiple of num_key_value_heads 3
            "tie_word_embeddings": true   | "tie_word_embeddings": false   | "lm_head.weight" is in no weight file
            "vocab_size": 61              | "vocab_size": 61, "hidden_act": "gelu"              | hidden_act: expected silu
            "vocab_size": 61              | "vocab_size": 61, "attention_bias": true            | "model.layers.0.self_attn.q_proj.bias" is in no weight file
            "vocab_size": 61              | "vocab_size": 61, "vocab_size": 61                  | Duplicate
            "vocab_size": 61              | "vocab_size": 61, "rope_scaling": {"type": "ntk"}   | type: expected default, linear, llama3 or yarn
            "vocab_size": 61              | "vocab_size": 61, "rope_scaling": {"type": "linear"}| factor: expected a number above 0
            "vocab_size": 61              | "vocab_size": 61, "rms_norm_eps": 0                 | rms_norm_eps: expected a number above 0
            "vocab_size": 61              | "vocab_size": 61, "quantization_config": {}         | quantization_config: expected none
            "vocab_size": 61              | "vocab_size": 61, "attention_dropout": 0.1          | attention_dropout: expected 0
            """, quoteCharacter = '\'')
    void aConfigThatCannotBeComputedIsRefusedByField(String from, String to, String reason) throws IOException {
        String config = Files.readString(dir.resolve("config.json")).replace(" : ", ": ");
        assertThat(config).contains(from);
        Files.writeString(dir.resolve("config.json"), config.replace(from, to));
        assertThatThrownBy(() -> CausalLm.load(dir, OPTIONS))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(dir.toString())
                .hasMessageContaining(reason);
    }

    @Test
    void missingAndSurplusTensorsAreNamed() throws IOException {
        Path file = dir.resolve("model.safetensors");
        new SafetensorsWriter(TensorType.F32)
                .add(EMBEDDING, new long[] {1}, MemorySegment.ofArray(new float[1]))
                .write(file);
        assertThatThrownBy(() -> CausalLm.load(dir, OPTIONS)).hasMessageContaining("has shape [1], expected [61, 24]");
        Files.delete(file);
        assertThatThrownBy(() -> CausalLm.load(dir, OPTIONS)).hasMessageContaining("model.safetensors: no such file");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\"init_lora_weights\": null, ",
                "\"init_lora_weights\": false, ",
                "\"init_lora_weights\": \"eva\", "
            })
    void anAdapterThatLeavesTheBaseAsItIsMayStartAsItLikes(String start) throws IOException {
        Path out = adapter();
        Path config = out.resolve("adapter_config.json");
        Files.writeString(config, Files.readString(config).replace("\"init_lora_weights\" : true,", start));
        try (CausalLm lm = CausalLm.load(dir, OPTIONS)) {
            assertThat(lm.attach(out).shape().rank()).isEqualTo(8);
        }
    }

    private Path adapter() {
        Path out = temp.resolve("adapter");
        try (CausalLm lm = CausalLm.load(dir, OPTIONS)) {
            SftConfig config = SftConfig.forLora().maxSteps(1).build();
            SftTrainer.train(lm, TinyModel.rows(4, 9), config, temp.resolve("c"), report -> {})
                    .save(out, "base");
        }
        return out;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "peft_type" : "LORA"  | "peft_type" : "IA3"       | peft_type: expected LORA
            "use_dora" : false    | "use_dora" : true         | lora_magnitude_vector" is missing
            "r" : 8               | "r" : 0                   | r: expected a whole number
            "r" : 8               | "r" : 4                   | lora_A.weight" has shape [8, 24], expected [4, 24]
            "q_proj"              | "c_attn"                  | target_modules: expected linear layers
            "v_proj", "           | "                         | belongs to no layer of the base
            "init_lora_weights" : true | "init_lora_weights" : "pissa_niter_4" | init_lora_weights: expected true, false or one of [eva, gaussian, mica, orthogonal] (others change the base
            "init_lora_weights" : true | "init_lora_weights" : "olora"         | path_initial_model_for_weight_conversion), found "olora"
            """, quoteCharacter = '\'')
    void anAdapterThatCannotBeComputedIsRefusedByField(String from, String to, String reason) throws IOException {
        Path out = adapter();
        try (CausalLm lm = CausalLm.load(dir, OPTIONS)) {
            lm.attach(out).close();
            String json = Files.readString(out.resolve("adapter_config.json"));
            assertThat(json).contains(from);
            Files.writeString(out.resolve("adapter_config.json"), json.replace(from, to));
            assertThatThrownBy(() -> lm.attach(out))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining(reason);
        }
    }
}
