package dev.finetide.modelfiles.config;

import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.modelfiles.config.ModelConfig.Block;
import dev.finetide.modelfiles.config.ModelConfig.Variant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// SmolLM3 (Bakouch et al. 2025): Llama's block, every fourth one without rotary positions (Yang et
/// al. 2025, RNoPE). Defaults are those of transformers' `SmolLM3Config`.
final class SmolLM3 {
    private SmolLM3() {}

    static ModelConfig read(ConfigJson json) {
        json.onlySupported("hidden_act", "silu");
        CommonFields fields = CommonFields.read(json, "SmolLM3ForCausalLM", 0);
        return fields.model(
                4,
                32_768,
                true,
                blocks(fields),
                Variant.plain(fields.headSize()).withBiased(fields.biased()));
    }

    private static List<Block> blocks(CommonFields fields) {
        ConfigJson json = fields.json();
        Rope rope = RopeConfig.read(json, 2_000_000);
        boolean[] rotated = rotated(json, fields.layers());
        OptionalInt window = json.flag("use_sliding_window", false) ? fields.window(0) : OptionalInt.empty();
        return fields.blocks(
                layer -> window.isPresent() && !rotated[layer],
                window,
                layer -> rotated[layer] ? Optional.of(rope) : Optional.empty());
    }

    /// Tells which layers have rotary positions: despite its name `no_rope_layers` says 1 for those.
    private static boolean[] rotated(ConfigJson json, int layers) {
        boolean[] rotated = new boolean[layers];
        JsonNode list = json.raw("no_rope_layers");
        int interval = json.integer("no_rope_layer_interval", 1, Integer.MAX_VALUE, 4);
        if (json.has("no_rope_layers") && (!list.isArray() || list.size() < layers)) {
            throw json.wrong("no_rope_layers", "a list of " + layers + " times 0 or 1");
        }
        for (int layer = 0; layer < layers; layer++) {
            rotated[layer] = (layer + 1) % interval != 0;
            if (json.has("no_rope_layers")) {
                int flag = list.path(layer).asInt(-1);
                if (flag != 0 && flag != 1) {
                    throw json.wrong("no_rope_layers", "0 or 1 for each layer");
                }
                rotated[layer] = flag == 1;
            }
        }
        return rotated;
    }
}
