package dev.finetide.sft.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.sft.model.WeightMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The tensors of an adapter in the form that the program takes: every block has the same layers adapted. A
/// layer without an adapter gets one of rank 0.
public final class AdapterSlots {
    private final int baseWeights;
    /// Empty tensors, one a slot; null for a slot that a parameter fills.
    private final List<NDArray> blanks = new ArrayList<>();

    public AdapterSlots(PtNDManager manager, ModelConfig config, Optional<LoraShape> lora) {
        baseWeights = WeightMemory.tensors(config);
        if (lora.isEmpty()) {
            return;
        }
        LoraShape none = lora.get().withRank(0);
        for (int layer = 0; layer < config.layers(); layer++) {
            for (String linear : none.targets()) {
                boolean adapted = none.adapts(layer, linear);
                for (Map.Entry<String, long[]> weight :
                        LoraWeights.ofModule(config, none, layer, linear).entrySet()) {
                    blanks.add(adapted ? null : manager.zeros(new Shape(weight.getValue()), DataType.FLOAT32));
                }
            }
        }
    }

    /// Puts empty tensors where a block has no adapter.
    ///
    /// @param parameters base weights, then the adapter's
    public List<NDArray> fill(List<NDArray> parameters) {
        List<NDArray> filled = new ArrayList<>(parameters.subList(0, baseWeights));
        int next = baseWeights;
        for (NDArray blank : blanks) {
            filled.add(blank == null ? parameters.get(next++) : blank);
        }
        return filled;
    }

    public void close() {
        blanks.stream().filter(blank -> blank != null).forEach(NDArray::close);
    }
}
