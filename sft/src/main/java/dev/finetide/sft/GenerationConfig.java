package dev.finetide.sft;

import java.util.Set;

/// How to write.
///
/// @param maxNewTokens per prompt
/// @param stopIds tokens that end a text
/// @param temperature 0 takes the likeliest token always; else logits are divided by it and a token
///     is drawn
/// @param topK draw among the k likeliest tokens only; 0 for all
/// @param topP draw among the fewest likeliest tokens whose probabilities reach this sum; 1 for all
/// @param seed of the draws; a prompt's text depends on seed and on its index among the prompts
public record GenerationConfig(
        int maxNewTokens, Set<Integer> stopIds, double temperature, int topK, double topP, long seed) {
    public GenerationConfig {
        stopIds = Set.copyOf(stopIds);
        SftConfig.require(maxNewTokens >= 1, "maxNewTokens", "1 or more", maxNewTokens);
        SftConfig.require(temperature >= 0 && temperature <= 100, "temperature", "from 0 to 100", temperature);
        SftConfig.require(topK >= 0, "topK", "0 or more", topK);
        SftConfig.require(topP > 0 && topP <= 1, "topP", "above 0 and at most 1", topP);
    }

    /// Always the likeliest token.
    public static GenerationConfig greedy(int maxNewTokens, Set<Integer> stopIds) {
        return new GenerationConfig(maxNewTokens, stopIds, 0, 0, 1, 0);
    }
}
