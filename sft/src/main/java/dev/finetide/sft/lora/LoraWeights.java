package dev.finetide.sft.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.modelfiles.LinearLayers;
import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.modelfiles.config.WeightLayout;
import dev.finetide.sft.model.Parameters;
import dev.finetide.sft.torch.TensorPieces;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/// The name table of adapters: every weight under the name that PEFT gives it, with its shape, in the order in
/// which the decoder's program takes them.
public final class LoraWeights {
    private static final String PREFIX = "base_model.model.";
    private static final String A = ".lora_A.weight";
    private static final String B = ".lora_B.weight";
    private static final String MAGNITUDE = ".lora_magnitude_vector";

    private LoraWeights() {}

    /// Returns name and shape of every adapter weight: A `[r, in]`, B `[out, r]` and with DoRA the magnitudes
    /// `[out]`, module after module.
    public static Map<String, long[]> shapes(ModelConfig config, LoraShape lora) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            for (String linear : LinearLayers.NAMES) {
                if (lora.adapts(layer, linear)) {
                    shapes.putAll(ofModule(config, lora, layer, linear));
                }
            }
        }
        return shapes;
    }

    /// Returns name and shape of the adapter weights of one linear layer, also where the adapter leaves that
    /// layer out.
    public static Map<String, long[]> ofModule(ModelConfig config, LoraShape lora, int layer, String linear) {
        String module = WeightLayout.path(layer, linear);
        int rank = lora.rank(module);
        long[] outIn = WeightLayout.linearShape(config, linear);
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put(a(module), new long[] {rank, outIn[1]});
        shapes.put(b(module), new long[] {outIn[0], rank});
        if (lora.dora()) {
            shapes.put(magnitude(module), new long[] {outIn[0]});
        }
        return shapes;
    }

    /// Returns the name of a module's A.
    static String a(String module) {
        return PREFIX + module + A;
    }

    /// Returns the name of a module's B.
    static String b(String module) {
        return PREFIX + module + B;
    }

    /// Returns the name of a module's magnitudes.
    static String magnitude(String module) {
        return PREFIX + module + MAGNITUDE;
    }

    /// Tells whether a name is that of some module's B.
    public static boolean isB(String name) {
        return name.endsWith(B);
    }

    /// Tells whether a name is that of some module's magnitudes.
    public static boolean isMagnitude(String name) {
        return name.endsWith(MAGNITUDE);
    }

    /// Makes the initial weights of an adapter: A uniform within ±1/√in (Kaiming with a = √5, as PEFT does), B
    /// zero, magnitudes the norms of the rows of the base's weights. The same seed gives the same weights.
    public static Parameters initial(
            PtNDManager manager, ModelConfig config, LoraShape lora, Parameters base, long seed) {
        Map<String, long[]> shapes = shapes(config, lora);
        SplittableRandom random = new SplittableRandom(seed);
        return Parameters.filled(manager, shapes, (name, piece, first) -> {
            if (name.endsWith(A)) {
                double bound = 1 / Math.sqrt(shapes.get(name)[1]);
                TensorPieces.setAll(piece, () -> random.nextDouble(-bound, bound));
            } else if (isMagnitude(name)) {
                String module = name.substring(PREFIX.length(), name.length() - MAGNITUDE.length());
                try (NDArray wide = base.wide(manager, module + ".weight")) {
                    float[] norms = rowNorms(wide);
                    int[] next = {Math.toIntExact(first)};
                    TensorPieces.setAll(piece, () -> norms[next[0]++]);
                }
            }
        });
    }

    private static float[] rowNorms(NDArray matrix) {
        try (NDArray squares = matrix.square();
                NDArray sums = squares.sum(new int[] {1});
                NDArray norms = sums.sqrt()) {
            return norms.toFloatArray();
        }
    }
}
