package dev.finetide.sft;

import dev.finetide.modelfiles.LinearLayers;
import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.sft.lora.LoraShape;
import dev.finetide.sft.lora.LoraWeights;
import dev.finetide.sft.lora.TargetModules;
import java.util.List;
import java.util.Map;

/// The settings of the adapter that a LoRA run trains.
///
/// @param rank rank r of the adapter's matrices
/// @param alpha scale of the adapter's output, times r: the output is multiplied by alpha/r, with `rslora` by
///     alpha/√r
/// @param dropout probability that an element of an adapted layer's input is dropped while training
/// @param dora whether the magnitude of each output's weights is learnt separately (DoRA)
/// @param targets adapted linear layers, in one of the forms of [TargetModules]: names as in PEFT, one regular
///     expression, or the one entry `all-linear`
public record LoraConfig(int rank, double alpha, double dropout, boolean rslora, boolean dora, List<String> targets) {
    public LoraConfig {
        Setting.require(rank >= 1, "rank", "1 or more", rank);
        Setting.require(alpha > 0 && alpha < Double.POSITIVE_INFINITY, "alpha", "above 0", alpha);
        Setting.require(dropout >= 0 && dropout < 1, "dropout", "0 or more and below 1", dropout);
        Setting.require(!targets.isEmpty(), "targets", "all-linear or some of " + LinearLayers.NAMES, targets);
        targets = List.copyOf(targets);
        try {
            TargetModules.check(targets);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("targets: " + e.getMessage(), e);
        }
    }

    /// Makes settings without DoRA.
    public LoraConfig(int rank, double alpha, double dropout, boolean rslora, List<String> targets) {
        this(rank, alpha, dropout, rslora, false, targets);
    }

    /// Returns the default settings: rank 8, alpha 16, all linear layers.
    public static LoraConfig defaults() {
        return new LoraConfig(8, 16, 0, false, List.of("all-linear"));
    }

    public LoraConfig withDora() {
        return new LoraConfig(rank, alpha, dropout, rslora, true, targets);
    }

    /// @throws IllegalArgumentException when a target names no linear layer of the model
    LoraShape shape(ModelConfig model) {
        try {
            return new LoraShape(rank, alpha, dropout, rslora, dora, TargetModules.of(model, targets));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("targets: " + e.getMessage(), e);
        }
    }

    /// Returns name and shape of every weight of the adapter for a model.
    public Map<String, long[]> weights(ModelConfig model) {
        return LoraWeights.shapes(model, shape(model));
    }
}
