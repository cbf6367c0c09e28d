package dev.finetide.modelfiles.config;

import dev.finetide.modelfiles.config.ModelConfig.Block;
import dev.finetide.modelfiles.config.ModelConfig.Variant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// Qwen2 and Qwen2.5 (Yang et al. 2024): Llama's block with biases on queries, keys and values.
/// Defaults are those of transformers' `Qwen2Config`.
final class Qwen2 {
    private Qwen2() {}

    static ModelConfig read(ConfigJson json) {
        json.onlySupported("hidden_act", "silu");
        CommonFields fields = CommonFields.read(json, "Qwen2ForCausalLM", 0);
        fields.refuseBiasFields("attention_bias", "mlp_bias");
        Variant variant = Variant.plain(fields.headSize()).withBiased(Set.of("q_proj", "k_proj", "v_proj"));
        return fields.model(32, 32_768, false, blocks(fields), variant);
    }

    /// Returns the blocks. If `use_sliding_window` is set, the layers from `max_window_layers` on have a window,
    /// unless `layer_types` says which have one.
    static List<Block> blocks(CommonFields fields) {
        ConfigJson json = fields.json();
        Rope rope = RopeConfig.read(json, 10_000);
        OptionalInt window = json.flag("use_sliding_window", false) ? fields.window(4096) : OptionalInt.empty();
        int first = json.integer("max_window_layers", 0, Integer.MAX_VALUE, 28);
        return fields.blocks(layer -> window.isPresent() && layer >= first, window, layer -> Optional.of(rope));
    }
}
