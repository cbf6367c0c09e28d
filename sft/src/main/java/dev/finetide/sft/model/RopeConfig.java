package dev.finetide.sft.model;

import java.util.Set;

/// Reads [Rope] from `config.json` in its two forms: `rope_theta` with `rope_scaling` (transformers
/// 4) and `rope_parameters` (transformers 5), where models with layers of several kinds have one
/// object for each kind.
final class RopeConfig {
    private static final String FULL = "full_attention";
    private static final String SLIDING = "sliding_attention";
    private static final Set<String> PLAIN_FIELDS =
            Set.of("rope_type", "type", "rope_theta", "partial_rotary_factor", "factor");
    private static final Set<String> LLAMA3_FIELDS =
            Set.of("low_freq_factor", "high_freq_factor", "original_max_position_embeddings");

    private RopeConfig() {}

    /// The positions of a model whose layers have all the same.
    static Rope read(ConfigJson config, double defaultTheta) {
        double theta = config.positive("rope_theta", defaultTheta);
        // As in transformers the old name wins when both are there.
        String field = config.has("rope_scaling") ? "rope_scaling" : "rope_parameters";
        return config.has(field) ? rope(config.object(field), config, theta) : new Rope(theta, new Rope.Unscaled());
    }

    /// The positions of one kind of layers. The old form scales the global layers only.
    ///
    /// @param layerType as in `layer_types`
    /// @param theta when `rope_parameters` names none
    static Rope read(ConfigJson config, String layerType, double theta) {
        if (layerType.equals(FULL) && config.has("rope_scaling")) {
            return rope(config.object("rope_scaling"), config, theta);
        }
        if (!config.has("rope_parameters")) {
            return new Rope(theta, new Rope.Unscaled());
        }
        ConfigJson kinds = config.object("rope_parameters");
        kinds.onlyFields(Set.of(FULL, SLIDING));
        return kinds.has(layerType)
                ? rope(kinds.object(layerType), config, theta)
                : new Rope(theta, new Rope.Unscaled());
    }

    private static Rope rope(ConfigJson rope, ConfigJson config, double theta) {
        rope.onlySupported("partial_rotary_factor", 1.0);
        return new Rope(rope.positive("rope_theta", theta), scaling(rope, config));
    }

    private static Rope.Scaling scaling(ConfigJson rope, ConfigJson config) {
        String name = rope.has("rope_type") ? "rope_type" : "type";
        String type = rope.text(name, "default");
        if (!Set.of("default", "linear", "llama3").contains(type)) {
            throw rope.wrong(name, "default, linear or llama3 (no other is supported)");
        }
        if (!type.equals("llama3")) {
            rope.onlyFields(PLAIN_FIELDS);
            return type.equals("linear") ? new Rope.Linear(rope.positive("factor")) : new Rope.Unscaled();
        }
        rope.onlyFields(PLAIN_FIELDS, LLAMA3_FIELDS);
        int positions = config.integer("max_position_embeddings", 1, Integer.MAX_VALUE, 2048);
        return new Rope.Llama3(
                rope.positive("factor"),
                rope.positive("low_freq_factor"),
                rope.positive("high_freq_factor"),
                rope.integer("original_max_position_embeddings", 1, Integer.MAX_VALUE, positions));
    }
}
