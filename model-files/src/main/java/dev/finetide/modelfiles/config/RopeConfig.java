package dev.finetide.modelfiles.config;

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

    private static final Set<String> YARN_FIELDS = Set.of(
            "beta_fast",
            "beta_slow",
            "attention_factor",
            "mscale",
            "mscale_all_dim",
            "original_max_position_embeddings",
            "truncate");

    private RopeConfig() {}

    /// Reads the positions of a model in which all layers have the same.
    static Rope read(ConfigJson config, double defaultTheta) {
        double theta = config.positive("rope_theta", defaultTheta);
        // As in transformers the old name wins when both are there.
        String field = config.has("rope_scaling") ? "rope_scaling" : "rope_parameters";
        return config.has(field) ? rope(config.object(field), config, theta) : new Rope(theta, new Rope.Unscaled());
    }

    /// Reads the positions of one kind of layers. The old form scales the global layers only.
    ///
    /// @param layerType the kind, as `layer_types` names it
    /// @param theta value when `rope_parameters` names none
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
        return switch (type) {
            case "default" -> {
                rope.onlyFields(PLAIN_FIELDS);
                yield new Rope.Unscaled();
            }
            case "linear" -> {
                rope.onlyFields(PLAIN_FIELDS);
                yield new Rope.Linear(rope.positive("factor"));
            }
            case "llama3" -> llama3(rope, config);
            case "yarn" -> yarn(rope, config);
            default -> throw rope.wrong(name, "default, linear, llama3 or yarn (no other is supported)");
        };
    }

    private static Rope.Llama3 llama3(ConfigJson rope, ConfigJson config) {
        rope.onlyFields(PLAIN_FIELDS, LLAMA3_FIELDS);
        double low = rope.positive("low_freq_factor");
        double high = rope.positive("high_freq_factor");
        if (low >= high) {
            throw rope.wrong("low_freq_factor", "a number below high_freq_factor " + high);
        }
        return new Rope.Llama3(rope.positive("factor"), low, high, originalPositions(rope, config));
    }

    private static Rope.Yarn yarn(ConfigJson rope, ConfigJson config) {
        rope.onlyFields(PLAIN_FIELDS, YARN_FIELDS);
        double factor = rope.positive("factor");
        double attention = rope.has("mscale") && rope.has("mscale_all_dim")
                ? Rope.Yarn.attentionFactor(factor, rope.positive("mscale"))
                        / Rope.Yarn.attentionFactor(factor, rope.positive("mscale_all_dim"))
                : Rope.Yarn.attentionFactor(factor, 1);
        return new Rope.Yarn(
                factor,
                rope.positive("beta_fast", 32),
                rope.positive("beta_slow", 1),
                rope.positive("attention_factor", attention),
                originalPositions(rope, config),
                rope.flag("truncate", true));
    }

    /// Returns the tokens of the longest sequence in pretraining. As in transformers, a field next to the
    /// object wins over the one inside; without both the value is that of `max_position_embeddings`.
    private static int originalPositions(ConfigJson rope, ConfigJson config) {
        String field = "original_max_position_embeddings";
        ConfigJson named = config.has(field) ? config : rope;
        return named.has(field)
                ? named.integer(field, 1, Integer.MAX_VALUE)
                : config.integer("max_position_embeddings", 1, Integer.MAX_VALUE);
    }
}
