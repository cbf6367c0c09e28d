package dev.finetide.sft.decoder;

import dev.finetide.sft.model.ModelConfig;

/// What a forward keeps for its backward, which computes the rest again: the same bits with less memory and more work.
public enum KeptActivations {
    /// All that the backward needs.
    WHOLE,
    /// Not what attention's softmax gives, `[P, Q, S]`, which grows with the square of a row's length.
    WITHOUT_SCORES,
    /// Only what goes into each block: activation checkpointing (Chen et al. 2016), a third more work.
    BLOCK_INPUTS;

    /// The whole one, unless scores would be more than all else on it.
    ///
    /// @param longest tokens of the longest row
    /// @param recompute whether the run asks for activation checkpointing
    public static KeptActivations of(ModelConfig config, int longest, boolean recompute) {
        if (recompute) {
            return BLOCK_INPUTS;
        }
        // Numbers a token: of the scores half a square, or a window's width; beside them, at least, what goes into both
        // norms, queries and attention's result, keys and values, gate and up.
        long columns = config.blocks().stream()
                .mapToLong(block -> Math.min(longest, 2L * block.window().orElse(longest)))
                .sum();
        long scores = config.heads() * columns / 2;
        long heads = (long) config.heads() + config.kvHeads();
        long others = 2 * (config.hidden() + heads * config.headSize() + config.intermediate()) * config.layers();
        return scores > others ? WITHOUT_SCORES : WHOLE;
    }
}
