package dev.finetide.eval.behaviour;

import dev.finetide.proto.evaluation.v1.ExampleResult;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The results of one arm by probe and row. Results of draws after the first are left out.
final class ArmResults {
    private final Map<String, Map<Long, ExampleResult>> byProbe = new HashMap<>();

    ArmResults(List<ExampleResult> results) {
        for (ExampleResult result : results) {
            if (result.getRepeat() == 0) {
                byProbe.computeIfAbsent(result.getProbe(), _ -> new TreeMap<>()).put(result.getRow(), result);
            }
        }
    }

    /// Returns the results of a probe by row; those of the evaluation's own rows for an empty name.
    Map<Long, ExampleResult> of(String probe) {
        return byProbe.getOrDefault(probe, Map.of());
    }
}
