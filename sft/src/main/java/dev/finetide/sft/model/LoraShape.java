package dev.finetide.sft.model;

import java.util.List;

/// Where an adapter sits and how large it is: y = W x + s B A dropout(x). Source: LoRA (Hu et al.
/// 2021); with `rslora`, rank-stabilised LoRA (Kalajdzievski 2023).
///
/// @param targets linear layers of every block that have one, in the order of [WeightLayout#LINEAR]
/// @param dropout probability, while training, that an element of the adapter's input is zeroed
public record LoraShape(int rank, double alpha, double dropout, boolean rslora, List<String> targets) {
    public LoraShape {
        List<String> given = List.copyOf(targets);
        targets = WeightLayout.LINEAR.stream().filter(given::contains).toList();
    }

    /// s, the factor on the adapter's output.
    public double scale() {
        return alpha / (rslora ? Math.sqrt(rank) : rank);
    }
}
