package dev.finetide.sft.decoder;

import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.modelfiles.config.Rope;
import java.util.Collections;
import java.util.List;

/// The shape of a Llama that is small enough to look at each of its numbers.
final class TinyConfig {
    static final Rope ROPE = new Rope(100, new Rope.Unscaled());

    private TinyConfig() {}

    static ModelConfig llama(int hidden, int layers) {
        return llama(hidden, Collections.nCopies(layers, ModelConfig.Block.global(ROPE)));
    }

    static ModelConfig llama(int hidden, List<ModelConfig.Block> blocks) {
        return new ModelConfig(
                "llama", 30, hidden, 20, 2, 1, 8, 128, 1e-5, true, blocks, ModelConfig.Variant.plain(8), false);
    }
}
