package dev.finetide.modelfiles.config;

import dev.finetide.modelfiles.config.ModelConfig.Variant;

/// Mistral (Jiang et al. 2023): Llama's block, where each token may see only a window of tokens
/// before it. Defaults are those of transformers' `MistralConfig`.
final class Mistral {
    private Mistral() {}

    static ModelConfig read(ConfigJson json) {
        json.onlySupported("hidden_act", "silu");
        if (json.has("layer_types")) {
            throw json.wrong("layer_types", "nothing (the layers of a Mistral model are all of one kind)");
        }
        CommonFields fields = CommonFields.read(json, "MistralForCausalLM", 0);
        fields.refuseBiasFields("attention_bias", "mlp_bias");
        return fields.model(
                8,
                131_072,
                false,
                fields.equalBlocks(fields.window(4096), RopeConfig.read(json, 10_000)),
                Variant.plain(fields.headSize()));
    }
}
