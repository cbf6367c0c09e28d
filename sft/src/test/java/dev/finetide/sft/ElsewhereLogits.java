package dev.finetide.sft;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.pytorch.engine.PtNDManager;
import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.sft.decoder.Batch;
import dev.finetide.sft.text.TokenizedRow;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// Logits of a few token ids, and their distance from those that transformers and PEFT compute.
final class ElsewhereLogits {
    static final int[] IDS = {1, 5, 9, 33, 17, 2, 39, 8, 8, 21, 30, 12};

    private ElsewhereLogits() {}

    /// Returns the ids as the Python programs take them.
    static String ids() {
        return Arrays.stream(IDS).mapToObj(String::valueOf).collect(Collectors.joining(","));
    }

    /// Finds a Python with transformers and PEFT: `FINETIDE_PYTHON`, else `python3`. Skips the test where there is
    /// none.
    static String python() throws InterruptedException {
        String python = System.getenv().getOrDefault("FINETIDE_PYTHON", "python3");
        if (PythonProgram.run(python, "-c", "import peft, torch, transformers") == null) {
            System.out.println("skipped: " + python + " has no peft (set FINETIDE_PYTHON)");
            assumeTrue(false, "no Python with PEFT");
        }
        return python;
    }

    static float[] of(CausalLm lm) {
        try (PtNDManager manager = lm.manager().newSubManager(lm.manager().getDevice())) {
            Batch batch = Batch.of(manager, List.of(TokenizedRow.unsupervised(IDS)));
            return lm.program().logits(manager, batch, lm.parameters()).toFloatArray();
        }
    }

    /// Returns the norm of the difference over the norm.
    static double distance(JsonNode expected, float[] actual) {
        double error = 0;
        double norm = 0;
        for (int i = 0; i < actual.length; i++) {
            error += Math.pow(expected.get(i).asDouble() - actual[i], 2);
            norm += Math.pow(actual[i], 2);
        }
        return Math.sqrt(error / norm);
    }
}
