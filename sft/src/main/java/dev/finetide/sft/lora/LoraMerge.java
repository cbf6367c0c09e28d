package dev.finetide.sft.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.sft.model.Parameters;
import dev.finetide.sft.torch.TorchProgram;

/// Adds an adapter to its base: W + s B A, with DoRA m / |W + s B A| times that, row by row. What the
/// merged base computes is what base and adapter did.
public final class LoraMerge {
    private static final String SOURCE = """
              def merge_lora(self, weight: Tensor, a: Tensor, b: Tensor, scale: float) -> Tensor:
                return weight.addmm_(b, a, beta=1, alpha=scale)

              def merge_dora(self, weight: Tensor, a: Tensor, b: Tensor, scale: float, magnitude_O: Tensor) -> Tensor:
                self.merge_lora(weight, a, b, scale)
                norm_O1 = torch.linalg_vector_norm(weight, 2, [1], True)
                return weight.mul_(magnitude_O.unsqueeze(1) / norm_O1)
            """;

    private LoraMerge() {}

    /// @param base changed in place
    public static void merge(PtNDManager manager, LoraShape lora, Parameters base, Parameters adapter) {
        try (PtNDManager scope = manager.newSubManager(manager.getDevice());
                TorchProgram program = new TorchProgram(scope, SOURCE)) {
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
