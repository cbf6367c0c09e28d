package dev.finetide.modelfiles;

import java.util.List;

/// The linear layers of a decoder's block, which a LoRA adapter can adapt.
public final class LinearLayers {
    /// The layers' names in the order of the block, as PEFT's `target_modules` and Hugging Face's weights have them.
    public static final List<String> NAMES =
            List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");

    private LinearLayers() {}

    /// Whether the last part of a module's dotted path is a linear layer: `q_proj`, `self_attn.q_proj`.
    public static boolean isNamedBy(String path) {
        return NAMES.contains(path.substring(path.lastIndexOf('.') + 1));
    }
}
