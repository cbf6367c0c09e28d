package dev.finetide.sft.generate;

import dev.finetide.sft.Setting;
import java.util.List;
import java.util.Set;

/// How to write.
///
/// @param maxNewTokens per prompt
/// @param stopIds tokens that end a text
/// @param stopStrings pieces of text that end a text; they do not belong to it
/// @param temperature 0 takes the likeliest token always; else logits are divided by it and a token
///     is drawn
/// @param topK draw among the k likeliest tokens only; 0 for all
/// @param topP draw among the fewest likeliest tokens whose probabilities reach this sum; 1 for all
/// @param repetitionPenalty of each token that the prompt or the text already has: a logit above 0 is
///     divided by it, one below multiplied (CTRL, Keskar et al. 2019); 1 for none
/// @param seed of the draws; a prompt's text depends on seed and on its index among the prompts
public record GenerationConfig(
        int maxNewTokens,
        Set<Integer> stopIds,
        List<String> stopStrings,
        double temperature,
        int topK,
        double topP,
        double repetitionPenalty,
        long seed) {
    public GenerationConfig {
        stopIds = Set.copyOf(stopIds);
        stopStrings = List.copyOf(stopStrings);
        Setting.require(maxNewTokens >= 1, "maxNewTokens", "1 or more", maxNewTokens);
        Setting.require(stopStrings.stream().noneMatch(String::isEmpty), "stopStrings", "no empty one", "one");
        Setting.require(temperature >= 0 && temperature <= 100, "temperature", "from 0 to 100", temperature);
        Setting.require(topK >= 0, "topK", "0 or more", topK);
        Setting.require(topP > 0 && topP <= 1, "topP", "above 0 and at most 1", topP);
        Setting.require(
                repetitionPenalty > 0 && repetitionPenalty <= 100,
                "repetitionPenalty",
                "above 0 and at most 100",
                repetitionPenalty);
    }

    /// Always the likeliest token.
    public static GenerationConfig greedy(int maxNewTokens, Set<Integer> stopIds) {
        return sampled(maxNewTokens, stopIds, 0, 0, 1, 0);
    }

    /// Tokens drawn from what temperature, top-k and top-p leave.
    public static GenerationConfig sampled(
            int maxNewTokens, Set<Integer> stopIds, double temperature, int topK, double topP, long seed) {
        return new GenerationConfig(maxNewTokens, stopIds, List.of(), temperature, topK, topP, 1, seed);
    }

    public GenerationConfig withStopStrings(List<String> strings) {
        return new GenerationConfig(maxNewTokens, stopIds, strings, temperature, topK, topP, repetitionPenalty, seed);
    }

    public GenerationConfig withRepetitionPenalty(double penalty) {
        return new GenerationConfig(maxNewTokens, stopIds, stopStrings, temperature, topK, topP, penalty, seed);
    }

    /// A text up to the first stop string in it.
    public String untilStop(String text) {
        int end = stopStrings.stream()
                .mapToInt(text::indexOf)
                .filter(at -> at >= 0)
                .min()
                .orElse(text.length());
        return text.substring(0, end);
    }

    /// Whether a token can be taken from the likeliest ones alone, without the logits of the others.
    boolean isArgmax() {
        return temperature == 0 && repetitionPenalty == 1;
    }
}
