package dev.finetide.sft.lora;

import dev.finetide.sft.model.ModelConfig;
import dev.finetide.sft.model.WeightLayout;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Where an adapter sits and how large it is: y = W x + s B A dropout(x). Source: LoRA (Hu et al.
/// 2021); with `rslora`, rank-stabilised LoRA (Kalajdzievski 2023); with `dora`, DoRA (Liu et al.
/// 2024), where a magnitude vector learns too.
///
/// @param rank r of the modules that `ranks` does not name
/// @param alpha of those that `alphas` does not name
/// @param dropout probability, while training, that an element of the adapter's input is zeroed
/// @param modules the linear layers that have one, as [WeightLayout#path] names them
/// @param ranks of modules with another one
/// @param alphas of modules with another one
public record LoraShape(
        int rank,
        double alpha,
        double dropout,
        boolean rslora,
        boolean dora,
        Set<String> modules,
        Map<String, Integer> ranks,
        Map<String, Double> alphas) {
    public LoraShape {
        modules = Set.copyOf(modules);
        ranks = Map.copyOf(ranks);
        alphas = Map.copyOf(alphas);
    }

    /// The same rank and alpha everywhere.
    public LoraShape(int rank, double alpha, double dropout, boolean rslora, boolean dora, Set<String> modules) {
        this(rank, alpha, dropout, rslora, dora, modules, Map.of(), Map.of());
    }

    /// s, the factor on the adapter's output.
    public double scale() {
        return scale(rank, alpha);
    }

    /// Of one module.
    public double scale(String module) {
        return scale(rank(module), alphas.getOrDefault(module, alpha));
    }

    private double scale(int ofRank, double ofAlpha) {
        return ofAlpha / (rslora ? Math.sqrt(ofRank) : ofRank);
    }

    public int rank(String module) {
        return ranks.getOrDefault(module, rank);
    }

    /// Whether modules differ in their factor.
    public boolean scaledByModule() {
        return modules.stream().anyMatch(module -> scale(module) != scale());
    }

    public LoraShape withRank(int other) {
        return new LoraShape(other, alpha, dropout, rslora, dora, modules);
    }

    /// The same with one rank and one alpha everywhere.
    public LoraShape withoutPatterns() {
        return withRank(rank);
    }

    public boolean adapts(int layer, String linear) {
        return modules.contains(WeightLayout.path(layer, linear));
    }

    /// The kinds of linear layers that have one in at least one block, in the order of
    /// [WeightLayout#LINEAR].
    public List<String> targets() {
        return WeightLayout.LINEAR.stream()
                .filter(linear -> modules.stream().anyMatch(module -> module.endsWith("." + linear)))
                .toList();
    }

    /// Whether blocks differ in the layers that have one.
    public boolean uneven(ModelConfig config) {
        return modules.size() != config.layers() * targets().size();
    }
}
