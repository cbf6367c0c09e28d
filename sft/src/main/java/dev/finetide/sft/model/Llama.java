package dev.finetide.sft.model;

/// Llama, and what uses its architecture unchanged: SmolLM2, TinyLlama and others. Defaults are
/// those of transformers' `LlamaConfig`.
final class Llama {
    private static final int MAX_SIZE = 1 << 24;

    private Llama() {}

    static ModelConfig read(ConfigJson config) {
        config.onlySupported("hidden_act", "silu");
        config.onlySupported("attention_bias", false);
        config.onlySupported("mlp_bias", false);
        config.onlySupported("pretraining_tp", 1);
        if (config.raw("attention_dropout").asDouble(0) != 0) {
            throw config.wrong("attention_dropout", "0 (dropout of attention weights is not supported)");
        }
        if (config.has("quantization_config")) {
            throw config.wrong("quantization_config", "none (quantized weights are not supported)");
        }
        int hidden = config.integer("hidden_size", 1, MAX_SIZE);
        int heads = config.integer("num_attention_heads", 1, MAX_SIZE);
        return new ModelConfig(
                "llama",
                config.integer("vocab_size", 1, MAX_SIZE),
                hidden,
                config.integer("intermediate_size", 1, MAX_SIZE),
                config.integer("num_hidden_layers", 1, 1024),
                heads,
                config.integer("num_key_value_heads", 1, MAX_SIZE, heads),
                config.integer("head_dim", 2, MAX_SIZE, Math.max(2, hidden / heads)),
                config.integer("max_position_embeddings", 1, Integer.MAX_VALUE, 2048),
                config.positive("rms_norm_eps", 1e-6),
                RopeConfig.read(config, 10000.0),
                config.flag("tie_word_embeddings", false));
    }
}
