package dev.finetide.sft.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.sft.model.Parameters;
import dev.finetide.sft.torch.TorchProgram;
import dev.finetide.sft.torch.TorchSource;
import java.util.Map;

/// Adds an adapter to its base: `lora_merge.py`. The merged weights are W + s B A, with DoRA m / |W + s B A|
/// times that, row by row. The merged base then computes what base and adapter computed together.
public final class LoraMerge {
    private LoraMerge() {}

    /// Merges an adapter into a base.
    ///
    /// @param base weights in fp32, changed in place
    public static void merge(PtNDManager manager, LoraShape lora, Parameters base, Parameters adapter) {
        try (PtNDManager scope = manager.newSubManager(manager.getDevice());
                TorchProgram program =
                        new TorchProgram(scope, TorchSource.read(LoraMerge.class, "lora_merge.py", Map.of()))) {
            for (String module : lora.modules()) {
                NDArray weight = base.array(module + ".weight");
                NDArray a = adapter.array(LoraWeights.a(module));
                NDArray b = adapter.array(LoraWeights.b(module));
                if (lora.dora()) {
                    NDArray magnitude = adapter.array(LoraWeights.magnitude(module));
                    program.call(scope, "merge_dora", weight, a, b, lora.scale(module), magnitude);
                } else {
                    program.call(scope, "merge_lora", weight, a, b, lora.scale(module));
                }
            }
        }
    }
}
