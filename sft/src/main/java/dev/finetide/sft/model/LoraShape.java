package dev.finetide.sft.model;

import java.util.List;
import java.util.Set;

/// Where an adapter sits and how large it is: y = W x + s B A dropout(x). Source: LoRA (Hu et al.
/// 2021); with `rslora`, rank-stabilised LoRA (Kalajdzievski 2023); with `dora`, DoRA (Liu et al.
/// 2024), where a magnitude vector learns too.
///
/// @param dropout probability, while training, that an element of the adapter's input is zeroed
/// @param modules the linear layers that have one, as [WeightLayout#path] names them
public record LoraShape(int rank, double alpha, double dropout, boolean rslora, boolean dora, Set<String> modules) {
    public LoraShape {
        modules = Set.copyOf(modules);
    }

    /// s, the factor on the adapter's output.
    public double scale() {
        return alpha / (rslora ? Math.sqrt(rank) : rank);
    }

    LoraShape withRank(int other) {
        return new LoraShape(other, alpha, dropout, rslora, dora, modules);
    }

    boolean adapts(int layer, String linear) {
        return modules.contains(WeightLayout.path(layer, linear));
    }

    /// The kinds of linear layers that have one in at least one block, in the order of
    /// [WeightLayout#LINEAR].
    List<String> targets() {
        return WeightLayout.LINEAR.stream()
                .filter(linear -> modules.stream().anyMatch(module -> module.endsWith("." + linear)))
                .toList();
    }

    /// Whether blocks differ in the layers that have one.
    boolean uneven(ModelConfig config) {
        return modules.size() != config.layers() * targets().size();
    }
}
