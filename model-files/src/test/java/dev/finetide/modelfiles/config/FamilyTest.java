package dev.finetide.modelfiles.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.config.ModelConfig.Block;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Reads the `config.json` of each family, in the forms of transformers 4 and 5.
class FamilyTest {
    private static final String SHAPE =
            "'vocab_size': 9, 'hidden_size': 8, 'intermediate_size': 8, 'num_hidden_layers': 4, 'num_attention_heads': 2, 'num_key_value_heads': 1";

    @TempDir
    Path temp;

    private ModelConfig read(String modelType, String fields) throws IOException {
        String json = "{'model_type': '" + modelType + "', " + SHAPE + (fields.isEmpty() ? "" : ", " + fields) + "}";
        Files.writeString(temp.resolve("config.json"), json.replace('\'', '"'));
        return Family.read(temp);
    }

    private List<Integer> windows(String modelType, String fields) throws IOException {
        return read(modelType, fields).blocks().stream()
                .map(block -> block.window().orElse(0))
                .toList();
    }

    @Test
    void mistralHasItsWindowUnlessItIsNull() throws IOException {
        assertThat(windows("mistral", "")).containsOnly(4096);
        assertThat(windows("mistral", "'sliding_window': 7")).containsExactly(7, 7, 7, 7);
        assertThat(windows("mistral", "'sliding_window': null")).containsOnly(0);
    }

    @Test
    void qwenHasWindowsOnlyWhereItSaysSo() throws IOException {
        assertThat(windows("qwen2", "'sliding_window': 7")).containsOnly(0);
        assertThat(windows("qwen2", "'sliding_window': 7, 'use_sliding_window': false"))
                .containsOnly(0);
        assertThat(windows("qwen2", "'sliding_window': 7, 'use_sliding_window': true"))
                .containsOnly(0);
        assertThat(windows("qwen3", "'sliding_window': 7, 'use_sliding_window': true, 'max_window_layers': 2"))
                .containsExactly(0, 0, 7, 7);
        String types = "['sliding_attention', 'full_attention', 'full_attention', 'sliding_attention']";
        assertThat(windows("qwen3", "'sliding_window': 7, 'use_sliding_window': true, 'layer_types': " + types))
                .containsExactly(7, 0, 0, 7);
    }

    @Test
    void someLayersOfSmolLm3HaveNoRotaryPositions() throws IOException {
        assertThat(read("smollm3", "").blocks())
                .extracting(block -> block.rope().isPresent())
                .containsExactly(true, true, true, false);
        assertThat(read("smollm3", "'no_rope_layers': [0, 1, 0, 1]").blocks())
                .extracting(block -> block.rope().isPresent())
                .containsExactly(false, true, false, true);
        assertThat(read("smollm3", "'no_rope_layer_interval': 2").blocks())
                .extracting(block -> block.rope().isPresent())
                .containsExactly(true, false, true, false);
    }

    @Test
    void layersHaveTheBiasesThatTheConfigGivesThem() throws IOException {
        assertThat(read("llama", "'attention_bias': true").variant().biased())
                .containsExactlyInAnyOrder("q_proj", "k_proj", "v_proj", "o_proj");
        assertThat(read("smollm3", "'mlp_bias': true").variant().biased())
                .containsExactlyInAnyOrder("gate_proj", "up_proj", "down_proj");
        for (String family : List.of("llama", "qwen3", "smollm3", "gemma3_text")) {
            assertThat(read(family, "'attention_bias': true").variant().biased())
                    .as(family)
                    .hasSize(4);
            assertThat(read(family, "'attention_bias': false").variant().biased())
                    .as(family)
                    .isEmpty();
        }
        assertThat(read("qwen2", "").variant().biased()).containsExactlyInAnyOrder("q_proj", "k_proj", "v_proj");
    }

    @Test
    void theTwoFormsOfRotaryPositionsMeanTheSame() throws IOException {
        Rope rope = new Rope(500_000, new Rope.Llama3(8, 1, 4, 32));
        String parameters = "'factor': 8.0, 'low_freq_factor': 1.0, 'high_freq_factor': 4.0, "
                + "'original_max_position_embeddings': 32";
        assertThat(read("llama", "'rope_theta': 500000.0, 'rope_scaling': {'rope_type': 'llama3', " + parameters + "}")
                        .blocks())
                .containsOnly(Block.global(rope));
        assertThat(read("llama", "'rope_parameters': {'rope_type': 'llama3', 'rope_theta': 5e5, " + parameters + "}")
                        .blocks())
                .containsOnly(Block.global(rope));
        assertThat(read("llama", "'rope_scaling': {'type': 'linear', 'factor': 2}")
                        .blocks())
                .containsOnly(Block.global(new Rope(10_000, new Rope.Linear(2))));
        assertThat(read("llama", "'rope_scaling': null").blocks())
                .containsOnly(Block.global(new Rope(10_000, new Rope.Unscaled())));
    }

    @Test
    void gemmasTwoFormsMeanTheSame() throws IOException {
        String old =
                "'sliding_window': 5, 'sliding_window_pattern': 2, 'rope_theta': 3e5, 'rope_local_base_freq': 2e4, "
                        + "'rope_scaling': {'rope_type': 'linear', 'factor': 8.0}";
        String types = "['sliding_attention', 'full_attention', 'sliding_attention', 'full_attention']";
        String current = "'sliding_window': 5, 'layer_types': " + types + ", 'rope_parameters': {'sliding_attention': "
                + "{'rope_type': 'default', 'rope_theta': 2e4}, 'full_attention': "
                + "{'rope_type': 'linear', 'factor': 8.0, 'rope_theta': 3e5}}";
        ModelConfig config = read("gemma3_text", old);
        assertThat(config).isEqualTo(read("gemma3_text", current));
        assertThat(windows("gemma3_text", current)).containsExactly(5, 0, 5, 0);
        assertThat(config.blocks().get(1)).isEqualTo(Block.global(new Rope(3e5, new Rope.Linear(8))));
        assertThat(config.headSize()).isEqualTo(256);
        assertThat(config.variant().embeddingScale()).isEqualTo(Math.sqrt(8));
    }

    @Test
    void anAdapterBesideTheModelIsRefusedByItsFile() throws IOException {
        Files.writeString(temp.resolve("adapter_config.json"), "{}");

        assertThatThrownBy(() -> read("llama", ""))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("adapter_config.json: expected no adapter beside the model");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            llama       | "architectures": ["LlamaForSequenceClassification"] | architectures: expected ["LlamaForCausalLM"]
            llama       | "mlp_bias": 1                                       | mlp_bias: expected true or false
            llama       | "partial_rotary_factor": 0.5                        | partial_rotary_factor: expected 1.0
            llama       | "rope_scaling": {"type": "linear", "factor": 2, "beta_fast": 32} | beta_fast: expected nothing
            llama       | "rope_scaling": {"full_attention": {}}              | full_attention: expected nothing
            llama       | "rope_scaling": 2                                   | rope_scaling: expected an object
            llama       | "rope_scaling": {"rope_type": "dynamic", "factor": 2} | rope_type: expected default, linear, llama3 or yarn
            llama       | "rope_scaling": {"type": "llama3", "factor": 8, "low_freq_factor": 4, "high_freq_factor": 4} | low_freq_factor: expected a number below high_freq_factor 4.0, found 4
            qwen3       | "rope_scaling": {"type": "yarn", "factor": 4}       | max_position_embeddings: expected a whole number
            llama       | "head_dim": 16777216                                | num_attention_heads: expected at most 1 of head_dim 16777216, found 2
            llama       | "head_dim": 3                                       | head_dim 3 is odd
            llama       | "auto_map": {"AutoModel": "x.y"}                    | auto_map: expected none
            llama       | "tie_word_embeddings": "yes"                        | tie_word_embeddings: expected true or false
            llama       | "is_causal": false                                  | is_causal: expected true
            llama       | "per_layer_config": {"0": {"hidden_size": 4}}       | per_layer_config: expected none
            llama       | "transformers_weights": "other.safetensors"         | transformers_weights: expected none
            llama       | "quantization_config": {"quant_method": "gptq"}     | quantization_config: expected none
            llama       | "compression_config": {"quant_method": "x"}         | compression_config: expected none
            llama       | "sliding_window": 128                               | sliding_window: expected nothing
            llama       | "layer_types": ["full_attention"]                   | layer_types: expected nothing
            mistral     | "hidden_act": "gelu"                                | hidden_act: expected silu
            mistral     | "sliding_window": 0                                 | sliding_window: expected a whole number
            mistral     | "sliding_window": "wide"                            | sliding_window: expected a whole number
            mistral     | "layer_types": ["full_attention"]                   | layer_types: expected nothing
            qwen2       | "use_mrope": true                                   | use_mrope: expected none
            qwen2       | "layer_types": ["full_attention"]                   | layer_types: expected a list of 4 types
            qwen2       | "attention_bias": true                              | attention_bias: expected false
            mistral     | "attention_bias": true                              | attention_bias: expected false
            gemma3_text | "mlp_bias": true                                    | mlp_bias: expected false
            qwen3       | "mlp_bias": true                                    | mlp_bias: expected false
            qwen3       | "num_experts": 8                                    | num_experts: expected none
            smollm3     | "no_rope_layers": [1, 2, 1, 1]                      | no_rope_layers: expected 0 or 1
            smollm3     | "no_rope_layers": [1]                               | no_rope_layers: expected a list of 4
            gemma3_text | "hidden_activation": "silu"                         | hidden_activation: expected gelu_pytorch_tanh
            gemma3_text | "final_logit_softcapping": 30.0                     | final_logit_softcapping: expected none
            gemma3_text | "attn_logit_softcapping": 50.0                      | attn_logit_softcapping: expected none
            gemma3_text | "use_bidirectional_attention": true                 | use_bidirectional_attention: expected none
            gemma3_text | "sliding_window": null                              | sliding_window: expected a number of tokens
            gemma3_text | "query_pre_attn_scalar": 0                          | query_pre_attn_scalar: expected a number above 0
            gemma3_text | "rope_parameters": {"rope_type": "default"}         | rope_type: expected nothing
            gemma3      | "text_config": {}                                   | model_type: expected one of
            """, quoteCharacter = '\0')
    void whatIsNotComputedIsRefusedByField(String modelType, String fields, String reason) {
        assertThatThrownBy(() -> read(modelType, fields))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(temp.resolve("config.json").toString())
                .hasMessageContaining(reason);
    }
}
