package dev.finetide.modelfiles.config;

import dev.finetide.modelfiles.config.ModelConfig.Variant;

/// Qwen3 (Yang et al. 2025): Llama's block with a norm on each head's queries and keys. Defaults
/// are those of transformers' `Qwen3Config`.
final class Qwen3 {
    private Qwen3() {}

    static ModelConfig read(ConfigJson json) {
        json.onlySupported("hidden_act", "silu");
        CommonFields fields = CommonFields.read(json, "Qwen3ForCausalLM", 128);
        fields.refuseBiasFields("mlp_bias");
        Variant variant = Variant.plain(fields.headSize()).withHeadNorms().withBiased(fields.biased());
        return fields.model(32, 32_768, false, Qwen2.blocks(fields), variant);
    }
}
