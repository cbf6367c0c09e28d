package dev.finetide.sft;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// Draws a token from logits, in the order of transformers' generation: temperature, top-k, top-p
/// (nucleus sampling, Holtzman et al. 2020).
final class TokenDraw {
    private TokenDraw() {}

    static int draw(float[] logits, GenerationConfig config, SplittableRandom random) {
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
        double point = random.nextDouble() * nucleus;
        for (int i = 0; i < last; i++) {
            point -= weights[i];
            if (point < 0) {
                return likeliest[i];
            }
        }
        return likeliest[last - 1];
    }
}
