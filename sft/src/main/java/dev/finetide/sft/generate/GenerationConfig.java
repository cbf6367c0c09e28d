package dev.finetide.sft.generate;

import dev.finetide.sft.Setting;
import java.util.List;
import java.util.Set;

/// The settings of a generation.
///
/// @param maxNewTokens largest number of tokens of a text
/// @param stopIds tokens that end a text
/// @param stopStrings strings that end a text and do not belong to it
/// @param temperature 0 to take the likeliest token always; otherwise a token is drawn after logits are divided by
///     the temperature
/// @param topK number of likeliest tokens to draw from; 0 for all
/// @param topP sum of probabilities that the drawn-from likeliest tokens must reach; 1 for all tokens
/// @param repetitionPenalty penalty of each token that the prompt or the text already has: a logit above 0 is
///     divided by the penalty, a logit below 0 multiplied (CTRL, Keskar et al. 2019); 1 for none
/// @param seed seed of the draws; a prompt's text depends on the seed and on the prompt's index
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

    /// Returns settings that always take the likeliest token.
    public static GenerationConfig greedy(int maxNewTokens, Set<Integer> stopIds) {
        return sampled(maxNewTokens, stopIds, 0, 0, 1, 0);
    }

    /// Returns settings that draw tokens with a temperature, top-k and top-p.
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

    /// Returns a text up to its first stop string.
    public String untilStop(String text) {
        int end = stopStrings.stream()
                .mapToInt(text::indexOf)
                .filter(at -> at >= 0)
                .min()
                .orElse(text.length());
        return text.substring(0, end);
    }

    /// Whether the next token is the one with the largest logit, so that no other logit is needed.
    boolean isArgmax() {
        return temperature == 0 && repetitionPenalty == 1;
    }
}
