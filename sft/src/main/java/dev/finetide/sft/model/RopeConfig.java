package dev.finetide.sft.model;

/// Reads [Rope] from `config.json` in its two forms: `rope_theta` with `rope_scaling` (transformers
/// 4) and `rope_parameters` (transformers 5).
final class RopeConfig {
    private RopeConfig() {}

    static Rope read(ConfigJson config, double defaultTheta) {
        double theta = config.positive("rope_theta", defaultTheta);
        String field = config.has("rope_parameters") ? "rope_parameters" : "rope_scaling";
        if (!config.has(field)) {
            return new Rope(theta, new Rope.Unscaled());
        }
        ConfigJson rope = config.object(field);
        rope.onlySupported("partial_rotary_factor", 1.0);
        return new Rope(rope.positive("rope_theta", theta), scaling(rope, config));
    }

    private static Rope.Scaling scaling(ConfigJson rope, ConfigJson config) {
        String name = rope.has("rope_type") ? "rope_type" : "type";
        return switch (rope.text(name, "default")) {
            case "default" -> new Rope.Unscaled();
            case "linear" -> new Rope.Linear(rope.positive("factor"));
            case "llama3" ->
                new Rope.Llama3(
                        rope.positive("factor"),
                        rope.positive("low_freq_factor"),
                        rope.positive("high_freq_factor"),
                        rope.integer(
                                "original_max_position_embeddings",
                                1,
                                Integer.MAX_VALUE,
                                config.integer("max_position_embeddings", 1, Integer.MAX_VALUE, 2048)));
            default -> throw rope.wrong(name, "default, linear or llama3 (no other is supported)");
        };
    }
}
