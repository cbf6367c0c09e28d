package dev.finetide.sft.decoder;

import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.modelfiles.config.WeightLayout;
import java.util.Map;

/// The floating point operations of training's matrix products. A multiplication and an addition count as two.
/// Each product counts once: what an implementation recomputes or pads is not counted.
public final class TrainingFlops {
    private final ModelConfig config;
    private final boolean full;
    private final Elements base;
    private final Elements adapter;

    /// Counts for one model and adapter.
    ///
    /// @param adapter shapes of the adapter's weights; empty for full fine-tuning
    public TrainingFlops(ModelConfig config, Map<String, long[]> adapter) {
        this.config = config;
        this.full = adapter.isEmpty();
        this.base = Elements.of(config, WeightLayout.base(config));
        this.adapter = Elements.of(config, adapter);
    }

    /// The numbers that the matrices of all blocks hold.
    ///
    /// @param everyToken elements that every token is multiplied by
    /// @param supervised elements that only those tokens are multiplied by from which a supervised token is
    ///     predicted: the matrices of the last block after its attention
    private record Elements(long everyToken, long supervised) {
        static Elements of(ModelConfig config, Map<String, long[]> shapes) {
            String late = ".*\\.layers\\." + (config.layers() - 1) + "\\.(self_attn\\.o_proj|mlp\\.).*";
            long all = 0;
            long read = 0;
            for (Map.Entry<String, long[]> weight : shapes.entrySet()) {
                long[] shape = weight.getValue();
                if (weight.getKey().contains(".layers.") && shape.length == 2) {
                    all += shape[0] * shape[1];
                    read += weight.getKey().matches(late) ? shape[0] * shape[1] : 0;
                }
            }
            return new Elements(all - read, read);
        }

        double products(long tokens, long supervisedTokens) {
            return (double) everyToken * tokens + (double) supervised * supervisedTokens;
        }
    }

    /// Counts forward and backward of one sequence. Weights that learn cost three products (y, dx, dW), frozen
    /// ones two. Attention is causal, so it counts half of the square, without what lies before a block's
    /// window: two products forward and four backward.
    ///
    /// @param tokens tokens of the sequence that are read
    /// @param supervised number of tokens that are predicted
    public double flops(long tokens, long supervised) {
        double head = (double) config.vocab() * config.hidden() * supervised;
        double pairs = config.blocks().stream()
                .mapToDouble(block -> pairs(tokens, block.window().orElse(Integer.MAX_VALUE)))
                .sum();
        double attention = pairs * config.heads() * config.headSize();
        return 2
                * ((base.products(tokens, supervised) + head) * (full ? 3 : 2)
                        + 3.0 * adapter.products(tokens, supervised)
                        + 6 * attention);
    }

    /// Returns the number of pairs of a token and one that it sees.
    private static double pairs(long tokens, long window) {
        double unseen = Math.max(0, tokens - window);
        return ((double) tokens * tokens - unseen * unseen) / 2;
    }
}
