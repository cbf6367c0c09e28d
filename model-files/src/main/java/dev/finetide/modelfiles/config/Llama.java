package dev.finetide.modelfiles.config;

import dev.finetide.modelfiles.config.ModelConfig.Variant;
import java.util.OptionalInt;

/// Llama (Touvron et al. 2023), and models that use its architecture unchanged, such as SmolLM2 and TinyLlama.
/// Defaults are those of `LlamaConfig` in transformers.
final class Llama {
    private Llama() {}

    static ModelConfig read(ConfigJson json) {
        json.onlySupported("hidden_act", "silu");
        json.onlySupported("pretraining_tp", 1);
        // Transformers would forget the keys and values of earlier tokens while it generates.
        if (json.has("sliding_window")) {
            throw json.wrong("sliding_window", "nothing (a Llama model has no windows)");
        }
        if (json.has("layer_types")) {
            throw json.wrong("layer_types", "nothing (the layers of a Llama model are all of one kind)");
        }
        CommonFields fields = CommonFields.read(json, "LlamaForCausalLM", 0);
        return fields.model(
                fields.heads(),
                2048,
                false,
                fields.equalBlocks(OptionalInt.empty(), RopeConfig.read(json, 10_000)),
                Variant.plain(fields.headSize()).withBiased(fields.biased()));
    }
}
