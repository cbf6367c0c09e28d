package dev.finetide.sft.lora;

import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.sft.torch.TorchSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Linear layers, plain and adapted, forward and backward: `lora_linear.py`, which has the formulas. The scale
/// s is one number for the program; where modules differ in it, B comes in scaled
/// ([LoraShape#scaledByModule]).
public final class LoraLinear {
    private LoraLinear() {}

    /// The methods for one model and adapter.
    ///
    /// @param lora the adapter's shape, when one is to be computed
    /// @param learning whether gradients are computed: those of the adapter, or of the weights when there is
    ///     none
    public static TorchSource source(ModelConfig config, Optional<LoraShape> lora, boolean learning) {
        return TorchSource.read(
                LoraLinear.class,
                "lora_linear.py",
                Map.of(
                        "FULL", learning && lora.isEmpty(),
                        "NF4", config.nf4(),
                        "DORA", lora.map(LoraShape::dora).orElse(false),
                        "BIASED", List.copyOf(config.variant().biased()),
                        "ADAPTED", lora.map(LoraShape::targets).orElse(List.of()),
                        "DROPOUT", learning ? lora.map(LoraShape::dropout).orElse(0.0) : 0.0,
                        "LORA_SCALE", lora.map(LoraShape::scale).orElse(1.0)));
    }
}
