package dev.finetide.sft.model;

import java.util.Collections;

/// The shape of a Llama that is small enough to look at each of its numbers.
final class TinyConfig {
    private TinyConfig() {}

    static ModelConfig llama(int hidden, int layers) {
        Rope rope = new Rope(100, new Rope.Unscaled());
        return new ModelConfig(
                "llama",
                30,
                hidden,
                20,
                2,
                1,
                8,
                128,
                1e-5,
                true,
                Collections.nCopies(layers, ModelConfig.Block.global(rope)),
                ModelConfig.Variant.plain(8),
                false);
    }
}
