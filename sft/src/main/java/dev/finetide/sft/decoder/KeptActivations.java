package dev.finetide.sft.decoder;

import dev.finetide.modelfiles.config.ModelConfig;

/// The activations that a forward keeps on the tape for its backward, which computes the others again. All
/// choices give the same bits; keeping less takes less memory and more work.
public enum KeptActivations {
    /// Everything that the backward needs.
    ALL,
    /// Everything except the results of attention's softmax, `[P, Q, S]`, which grow with the square of a row's
    /// length.
    ALL_BUT_SCORES,
    /// Only the input of each block: activation checkpointing (Chen et al. 2016), a third more work.
    BLOCK_INPUTS;

    /// The choice for a run: all, unless the softmax's results would be more than everything else on the tape.
    ///
    /// @param longest tokens of the longest row
    /// @param recompute whether the run asks for activation checkpointing
    public static KeptActivations of(ModelConfig config, int longest, boolean recompute) {
        if (recompute) {
            return BLOCK_INPUTS;
        }
        // Both counts are numbers a token. Scores take half a square, or a window's width. The others are, at
        // least, the
        // inputs of both norms, queries and attention's result, keys and values, gate and up.
        long columns = config.blocks().stream()
                .mapToLong(block -> Math.min(longest, 2L * block.window().orElse(longest)))
                .sum();
        long scores = config.heads() * columns / 2;
        long heads = (long) config.heads() + config.kvHeads();
        long others = 2 * (config.hidden() + heads * config.headSize() + config.intermediate()) * config.layers();
        return scores > others ? ALL_BUT_SCORES : ALL;
    }
}
