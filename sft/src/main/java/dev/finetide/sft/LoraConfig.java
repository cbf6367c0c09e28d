package dev.finetide.sft;

import dev.finetide.sft.model.LoraShape;
import dev.finetide.sft.model.ModelConfig;
import dev.finetide.sft.model.WeightLayout;
import java.util.List;
import java.util.Map;

/// The adapter that a LoRA run trains.
///
/// @param rank r
/// @param alpha the adapter's output is scaled by alpha/r, with `rslora` by alpha/√r
/// @param dropout probability that an element of an adapted layer's input is dropped while training
/// @param targets linear layers as PEFT names them, or the one entry `all-linear`
public record LoraConfig(int rank, double alpha, double dropout, boolean rslora, List<String> targets) {
    public LoraConfig {
        SftConfig.require(rank >= 1, "rank", "1 or more", rank);
        SftConfig.require(alpha > 0 && alpha < Double.POSITIVE_INFINITY, "alpha", "above 0", alpha);
        SftConfig.require(dropout >= 0 && dropout < 1, "dropout", "0 or more and below 1", dropout);
        targets = targets.equals(List.of("all-linear")) ? WeightLayout.LINEAR : List.copyOf(targets);
        SftConfig.require(
                !targets.isEmpty() && WeightLayout.LINEAR.containsAll(targets),
                "targets",
                "all-linear or some of " + WeightLayout.LINEAR,
                targets);
    }

    /// Rank 8, alpha 16, on all linear layers.
    public static LoraConfig defaults() {
        return new LoraConfig(8, 16, 0, false, List.of("all-linear"));
    }

    LoraShape shape() {
        return new LoraShape(rank, alpha, dropout, rslora, targets);
    }

    /// Name and shape of every weight of the adapter over such a model.
    public Map<String, long[]> weights(ModelConfig model) {
        return WeightLayout.lora(model, shape());
    }
}
