package dev.finetide.modelfiles.config;

import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.modelfiles.config.ModelConfig.Block;
import dev.finetide.modelfiles.config.ModelConfig.Variant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntPredicate;

/// The fields of `config.json` that all families have in common, and the refusal of fields that no family here
/// supports.
///
/// @param layers decoder blocks
record CommonFields(ConfigJson json, int hidden, int heads, int layers, int headSize) {
    /// The largest axis of a tensor. With this bound and that of the layers, the bytes of all tensors can be
    /// counted without overflow.
    private static final int MAX_SIZE = 1 << 24;

    private static final int MAX_LAYERS = 1024;

    /// Fields that change the mathematics of other architectures; here they must be absent, null or false.
    private static final List<String> OTHER_MATHS = List.of(
            "add_cross_attention",
            "auto_map",
            "alibi",
            "attn_logit_softcapping",
            "attn_logit_softcap",
            "attention_chunk_size",
            "attention_multiplier",
            "attention_sinks",
            "clip_qkv",
            "embedding_multiplier",
            "final_logit_softcapping",
            "is_encoder_decoder",
            "logit_scale",
            "logits_scaling",
            "num_experts",
            "num_local_experts",
            "n_routed_experts",
            "num_kv_shared_layers",
            "compression_config",
            "per_layer_config",
            "transformers_weights",
            "parallel_residual",
            "quantization_config",
            "residual_multiplier",
            "rope_interleaved",
            "text_config",
            "use_bidirectional_attention",
            "use_mrope",
            "use_parallel_residual",
            "use_qk_norm",
            "vision_config");

    /// Reads the fields.
    ///
    /// @param architecture the only value of `architectures`, such as `LlamaForCausalLM`
    /// @param headDim width of a head when `head_dim` is absent; 0 for hidden_size over heads
    static CommonFields read(ConfigJson json, String architecture, int headDim) {
        JsonNode architectures = json.raw("architectures");
        if (json.has("architectures")
                && !(architectures.size() == 1 && architectures.path(0).asText().equals(architecture))) {
            throw json.wrong("architectures", "[\"" + architecture + "\"]");
        }
        for (String field : OTHER_MATHS) {
            if (json.has(field)
                    && !(json.raw(field).isBoolean() && !json.raw(field).booleanValue())) {
                throw json.wrong(field, "none (it is not supported)");
            }
        }
        if (json.has("attention_dropout") && json.raw("attention_dropout").asDouble(1) != 0) {
            throw json.wrong("attention_dropout", "0 (dropout of attention weights is not supported)");
        }
        json.onlySupported("is_causal", true);
        json.onlySupported("partial_rotary_factor", 1.0);
        int hidden = json.integer("hidden_size", 1, MAX_SIZE);
        int heads = json.integer("num_attention_heads", 1, MAX_SIZE);
        if (!json.has("head_dim") && headDim == 0 && hidden % heads != 0) {
            throw json.wrong(
                    "head_dim",
                    "a number, because hidden_size " + hidden + " is no multiple of num_attention_heads " + heads);
        }
        int headSize = json.integer("head_dim", 2, MAX_SIZE, headDim == 0 ? hidden / heads : headDim);
        if (heads > MAX_SIZE / headSize) {
            throw json.wrong("num_attention_heads", "at most " + MAX_SIZE / headSize + " of head_dim " + headSize);
        }
        return new CommonFields(json, hidden, heads, json.integer("num_hidden_layers", 1, MAX_LAYERS), headSize);
    }

    /// Makes the config of the whole model.
    ///
    /// @param kvHeads value when `num_key_value_heads` is absent
    /// @param positions value when `max_position_embeddings` is absent
    /// @param tied value when `tie_word_embeddings` is absent
    ModelConfig model(int kvHeads, int positions, boolean tied, List<Block> blocks, Variant variant) {
        return new ModelConfig(
                json.text("model_type", ""),
                json.integer("vocab_size", 1, MAX_SIZE),
                hidden,
                json.integer("intermediate_size", 1, MAX_SIZE),
                heads,
                json.integer("num_key_value_heads", 1, MAX_SIZE, json.isNull("num_key_value_heads") ? heads : kvHeads),
                headSize,
                json.integer("max_position_embeddings", 1, Integer.MAX_VALUE, positions),
                json.positive("rms_norm_eps", 1e-6),
                json.flag("tie_word_embeddings", tied),
                blocks,
                variant,
                false);
    }

    /// Returns the linear layers that `attention_bias` and `mlp_bias` give a bias.
    Set<String> biased() {
        Set<String> biased = new HashSet<>();
        if (json.flag("attention_bias", false)) {
            biased.addAll(List.of("q_proj", "k_proj", "v_proj", "o_proj"));
        }
        if (json.flag("mlp_bias", false)) {
            biased.addAll(List.of("gate_proj", "up_proj", "down_proj"));
        }
        return biased;
    }

    /// Refuses fields that name biases, for families in which they are fixed.
    void refuseBiasFields(String... fields) {
        for (String field : fields) {
            json.onlySupported(field, false);
        }
    }

    /// Returns `sliding_window`, a number of tokens; null means none.
    ///
    /// @param absent value when the field is missing; 0 for none
    OptionalInt window(int absent) {
        if (json.isNull("sliding_window") || absent == 0 && !json.has("sliding_window")) {
            return OptionalInt.empty();
        }
        return OptionalInt.of(json.integer("sliding_window", 1, Integer.MAX_VALUE, absent));
    }

    /// Returns the blocks of a model in which all are of the same kind.
    List<Block> equalBlocks(OptionalInt window, Rope rope) {
        return blocks(layer -> window.isPresent(), window, layer -> Optional.of(rope));
    }

    /// Returns the blocks of a model.
    ///
    /// @param sliding tells which layers have the window, when `layer_types` does not
    List<Block> blocks(IntPredicate sliding, OptionalInt window, LayerRope rope) {
        List<Block> blocks = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            boolean local = slidingByType(layer).orElse(sliding.test(layer));
            if (local && window.isEmpty()) {
                throw json.wrong("sliding_window", "a number of tokens, because layer " + layer + " needs it");
            }
            blocks.add(new Block(local ? window : OptionalInt.empty(), rope.of(layer)));
        }
        return blocks;
    }

    /// Tells the rotary positions of a layer.
    interface LayerRope {
        Optional<Rope> of(int layer);
    }

    /// Tells whether `layer_types` gives a layer a window; empty when the field is absent.
    Optional<Boolean> slidingByType(int layer) {
        if (!json.has("layer_types")) {
            return Optional.empty();
        }
        JsonNode types = json.raw("layer_types");
        if (!types.isArray() || types.size() != layers) {
            throw json.wrong("layer_types", "a list of " + layers + " types, one a layer");
        }
        return switch (types.path(layer).asText()) {
            case "full_attention" -> Optional.of(false);
            case "sliding_attention" -> Optional.of(true);
            default -> throw json.wrong("layer_types", "full_attention or sliding_attention for each layer");
        };
    }
}
