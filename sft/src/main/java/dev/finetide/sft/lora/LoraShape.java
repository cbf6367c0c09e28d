package dev.finetide.sft.lora;

import dev.finetide.modelfiles.LinearLayers;
import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.modelfiles.config.WeightLayout;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The place and the size of an adapter: y = W x + s B A dropout(x). Source: LoRA (Hu et al. 2021); with
/// `rslora`, rank-stabilised LoRA (Kalajdzievski 2023); with `dora`, DoRA (Liu et al. 2024), where a magnitude
/// vector learns too.
///
/// @param rank r of the modules that `ranks` does not name
/// @param alpha alpha of the modules that `alphas` does not name
/// @param dropout probability, while training, that an element of the adapter's input is zeroed
/// @param modules the linear layers that have an adapter, as [WeightLayout#path] names them
/// @param ranks modules with a rank of their own
/// @param alphas modules with an alpha of their own
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

    /// Makes a shape with the same rank and alpha in all modules.
    public LoraShape(int rank, double alpha, double dropout, boolean rslora, boolean dora, Set<String> modules) {
        this(rank, alpha, dropout, rslora, dora, modules, Map.of(), Map.of());
    }

    /// Returns s, the factor on the adapter's output, of modules without a rank or alpha of their own.
    public double scale() {
        return scale(rank, alpha);
    }

    /// Returns s of one module.
    public double scale(String module) {
        return scale(rank(module), alphas.getOrDefault(module, alpha));
    }

    private double scale(int ofRank, double ofAlpha) {
        return ofAlpha / (rslora ? Math.sqrt(ofRank) : ofRank);
    }

    /// Returns the rank of one module.
    public int rank(String module) {
        return ranks.getOrDefault(module, rank);
    }

    /// Tells whether modules differ in s.
    public boolean scaledByModule() {
        return modules.stream().anyMatch(module -> scale(module) != scale());
    }

    /// Returns the same shape with another rank, and no rank or alpha of single modules.
    public LoraShape withRank(int other) {
        return new LoraShape(other, alpha, dropout, rslora, dora, modules);
    }

    /// Returns the same shape with one rank and one alpha in all modules.
    public LoraShape withoutPatterns() {
        return withRank(rank);
    }

    /// Tells whether a linear layer of a block has an adapter.
    public boolean adapts(int layer, String linear) {
        return modules.contains(WeightLayout.path(layer, linear));
    }

    /// Returns the kinds of linear layers that have an adapter in at least one block, in the order of
    /// [LinearLayers#NAMES].
    public List<String> targets() {
        return LinearLayers.NAMES.stream()
                .filter(linear -> modules.stream().anyMatch(module -> module.endsWith("." + linear)))
                .toList();
    }

    /// Tells whether blocks differ in the layers that have an adapter.
    public boolean uneven(ModelConfig config) {
        return modules.size() != config.layers() * targets().size();
    }
}
