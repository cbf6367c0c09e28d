package dev.finetide.sft.model;

import java.util.Map;

/// The floating point operations that training cannot do without: those of its matrix products,
/// counted once each, a multiplication and an addition as two. What an implementation recomputes or
/// pads is not counted.
public final class MatrixWork {
    private final ModelConfig config;
    private final boolean full;
    private final long linearWeights;
    private final long adapterWeights;

    /// @param adapter shapes of the adapter's weights; empty for full fine-tuning
    public MatrixWork(ModelConfig config, Map<String, long[]> adapter) {
        this.config = config;
        this.full = adapter.isEmpty();
        this.linearWeights = WeightLayout.base(config).entrySet().stream()
                .filter(entry -> entry.getKey().contains(".layers.") && entry.getValue().length == 2)
                .mapToLong(entry -> entry.getValue()[0] * entry.getValue()[1])
                .sum();
        this.adapterWeights = adapter.values().stream()
                .filter(shape -> shape.length == 2)
                .mapToLong(shape -> shape[0] * shape[1])
                .sum();
    }

    /// Forward and backward of one sequence. Weights that learn cost three products (y, dx, dW), frozen ones
    /// two. Attention is causal: half of the square, two products forward and four backward.
    ///
    /// @param tokens of the sequence
    /// @param supervised how many of them are predicted
    public double flops(long tokens, long supervised) {
        double head = (double) config.vocab() * config.hidden() * supervised;
        double linear = (double) linearWeights * tokens;
        double attention = (double) config.layers() * config.heads() * config.headSize() * tokens * tokens / 2;
        return 2 * ((linear + head) * (full ? 3 : 2) + 3.0 * adapterWeights * tokens + 6 * attention);
    }
}
