package dev.finetide.sft.model;

import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.modelfiles.config.WeightLayout;
import dev.finetide.sft.torch.Precision;
import java.util.Arrays;

/// The form in which a model's weights are held while it computes: one tensor for each, or the tensors of [Nf4].
public final class WeightMemory {
    private WeightMemory() {}

    /// Returns the number of tensors that hold the weights of [WeightLayout#base]: one for each, or those of [Nf4].
    public static int tensors(ModelConfig config) {
        return WeightLayout.base(config).keySet().stream()
                .mapToInt(name -> isQuantized(config, name) ? Nf4.SUFFIXES.size() : 1)
                .sum();
    }

    /// Tells whether a weight is held in 4 bits.
    static boolean isQuantized(ModelConfig config, String name) {
        return config.nf4() && name.matches(".*\\.layers\\..*_proj\\.weight");
    }

    /// Returns the memory that the weights of a base take, in bytes.
    ///
    /// @param precision precision of the weights that are not held in 4 bits
    public static long bytes(ModelConfig config, Precision precision) {
        return WeightLayout.base(config).entrySet().stream()
                .mapToLong(weight -> {
                    long elements = Arrays.stream(weight.getValue()).reduce(1, Math::multiplyExact);
                    return isQuantized(config, weight.getKey()) ? Nf4.bytes(elements) : elements * precision.bytes();
                })
                .sum();
    }
}
