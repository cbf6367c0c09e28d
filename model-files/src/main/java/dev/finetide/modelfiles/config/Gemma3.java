package dev.finetide.modelfiles.config;

import dev.finetide.modelfiles.config.ModelConfig.Activation;
import dev.finetide.modelfiles.config.ModelConfig.Variant;
import java.util.List;
import java.util.Optional;

/// The text model of Gemma 3 (Gemma Team 2025). Embeddings are scaled. Norms scale by weight + 1; they stand
/// before and after attention and feed-forward, and on each head's queries and keys. The gate is GELU. Most
/// layers see a window, with a global layer after every few of them, and each kind has its own rotary
/// positions. Defaults are those of transformers' `Gemma3TextConfig`.
final class Gemma3 {
    private Gemma3() {}

    static ModelConfig read(ConfigJson json) {
        json.onlySupported("hidden_activation", "gelu_pytorch_tanh");
        CommonFields fields = CommonFields.read(json, "Gemma3ForCausalLM", 256);
        Rope global = RopeConfig.read(json, "full_attention", json.positive("rope_theta", 1_000_000));
        Rope local = RopeConfig.read(json, "sliding_attention", json.positive("rope_local_base_freq", 10_000));
        List<ModelConfig.Block> blocks = fields.blocks(
                layer -> (layer + 1) % period(json) != 0, fields.window(4096), layer -> Optional.of(local));
        return fields.model(4, 131_072, true, withGlobal(blocks, global), variant(fields));
    }

    /// Returns the distance between two global layers, used when `layer_types` is absent.
    private static int period(ConfigJson json) {
        return json.integer("sliding_window_pattern", 1, Integer.MAX_VALUE, 6);
    }

    private static List<ModelConfig.Block> withGlobal(List<ModelConfig.Block> blocks, Rope rope) {
        return blocks.stream()
                .map(block -> block.window().isPresent() ? block : ModelConfig.Block.global(rope))
                .toList();
    }

    private static Variant variant(CommonFields fields) {
        fields.refuseBiasFields("mlp_bias");
        return new Variant(
                fields.biased(),
                true,
                true,
                true,
                Activation.GELU_TANH,
                Math.sqrt(fields.hidden()),
                1 / Math.sqrt(fields.json().positive("query_pre_attn_scalar", 256)));
    }
}
