package dev.finetide.worker.evaluate.probe;

import dev.finetide.proto.evaluation.v1.BehaviourConfig;

/// Sizes of probes.
///
/// @param rows largest number of rows that are drawn from a dataset
/// @param givenTokens tokens of a train answer that a model is given
/// @param repeatedTokens tokens that must follow as in the train answer for it to count as memorised
public record ProbeSize(int rows, int givenTokens, int repeatedTokens) {
    public static final ProbeSize USUAL = new ProbeSize(100, 16, 32);

    /// Takes the sizes that settings name, and the usual ones for the others.
    public static ProbeSize of(BehaviourConfig config) {
        return new ProbeSize(
                config.hasRows() ? config.getRows() : USUAL.rows,
                config.hasGivenTokens() ? config.getGivenTokens() : USUAL.givenTokens,
                config.hasRepeatedTokens() ? config.getRepeatedTokens() : USUAL.repeatedTokens);
    }

    /// Returns the tokens that an answer must have for its memory to be probed, without the one
    /// that ends it.
    public int shortestAnswer() {
        return givenTokens + repeatedTokens;
    }
}
