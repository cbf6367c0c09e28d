package dev.finetide.sft.generate;

import java.util.Arrays;
import java.util.BitSet;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// Draws a token from logits, in the order of transformers' generation: repetition penalty,
/// temperature, top-k, top-p (nucleus sampling, Holtzman et al. 2020).
final class TokenDraw {
    private TokenDraw() {}

    /// Draws the next token.
    ///
    /// @param logits logits of all tokens, `[V]`; overwritten
    /// @param seen tokens that the prompt and the text so far have
    static int next(float[] logits, BitSet seen, GenerationConfig config, SplittableRandom random) {
        penalise(logits, seen, (float) config.repetitionPenalty());
        if (config.temperature() == 0) {
            return IntStream.range(0, logits.length)
                    .reduce((best, id) -> logits[id] > logits[best] ? id : best)
                    .orElseThrow();
        }
        return Candidates.of(logits, config).draw(random);
    }

    private static void penalise(float[] logits, BitSet seen, float penalty) {
        if (penalty != 1) {
            seen.stream().forEach(id -> logits[id] = logits[id] < 0 ? logits[id] * penalty : logits[id] / penalty);
        }
    }

    /// The tokens that may be drawn, likeliest first, with weights in proportion to their probabilities.
    record Candidates(int[] ids, double[] weights) {
        static Candidates of(float[] logits, GenerationConfig config) {
            Integer[] likeliest = IntStream.range(0, logits.length).boxed().toArray(Integer[]::new);
            Arrays.sort(likeliest, (a, b) -> Float.compare(logits[b], logits[a]));
            int kept = config.topK() == 0 ? logits.length : Math.min(config.topK(), logits.length);
            double[] weights = new double[kept];
            double sum = 0;
            for (int i = 0; i < kept; i++) {
                weights[i] = Math.exp((logits[likeliest[i]] - logits[likeliest[0]]) / config.temperature());
                sum += weights[i];
            }
            double nucleus = 0;
            int last = 0;
            while (last < kept && nucleus < config.topP() * sum) {
                nucleus += weights[last++];
            }
            int[] ids = Arrays.stream(likeliest, 0, last)
                    .mapToInt(Integer::intValue)
                    .toArray();
            return new Candidates(ids, Arrays.copyOf(weights, last));
        }

        double sum() {
            return Arrays.stream(weights).sum();
        }

        int draw(SplittableRandom random) {
            double point = random.nextDouble() * sum();
            for (int i = 0; i < ids.length; i++) {
                point -= weights[i];
                if (point < 0) {
                    return ids[i];
                }
            }
            return ids[ids.length - 1];
        }
    }
}
