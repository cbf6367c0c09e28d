package dev.finetide.suitability.calibration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Recorded comparison of arms on one task, as `benchmarks/calibrate.py` has written it.
///
/// @param metric metric that decides
/// @param rows test rows that each arm answered
/// @param arms arms with a score
/// @param better pairs of arms, of which the first is better than the second on these rows
record BakeOff(String task, String metric, long rows, List<Arm> arms, Set<List<String>> better) {
    /// Paths in the order of their costs.
    private static final List<String> COSTS = List.of("PROMPT", "LINEAR_MODEL", "FEW_SHOT", "RETRIEVAL", "LORA");

    /// An arm's score with its 95 % interval.
    record Arm(String name, String path, double value, double low, double high) {
        double standardError() {
            return (high - low) / 3.92;
        }
    }

    /// Returns the recorded comparisons of a base by the name of their task.
    ///
    /// @param file name of a file in the folder `calibration` of the tests' resources
    static Map<String, BakeOff> recorded(String file) throws IOException {
        ObjectMapper json = new ObjectMapper();
        Map<String, BakeOff> recorded = new LinkedHashMap<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                BakeOff.class.getResourceAsStream("/calibration/" + file), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                BakeOff bakeOff = of(json.readTree(line));
                recorded.put(bakeOff.task(), bakeOff);
            }
        }
        return recorded;
    }

    private static BakeOff of(JsonNode line) {
        List<Arm> arms = new ArrayList<>();
        line.get("arms")
                .forEach(arm -> arms.add(new Arm(
                        arm.get("arm").asText(),
                        arm.get("path").asText(),
                        arm.get("value").asDouble(),
                        arm.get("low").asDouble(),
                        arm.get("high").asDouble())));
        Set<List<String>> better = new HashSet<>();
        line.get("better")
                .forEach(pair ->
                        better.add(List.of(pair.get(0).asText(), pair.get(1).asText())));
        return new BakeOff(
                line.get("task").asText(),
                line.get("metric").asText(),
                line.get("rows").asLong(),
                List.copyOf(arms),
                Set.copyOf(better));
    }

    /// Returns the trained arm.
    Optional<Arm> trained() {
        return arms.stream().filter(arm -> arm.path().equals("LORA")).findFirst();
    }

    /// Returns whether another arm is better than an arm on these rows.
    boolean isBeaten(Arm arm) {
        return arms.stream().anyMatch(other -> better.contains(List.of(other.name(), arm.name())));
    }

    /// Returns whether an arm is better than each other one on these rows.
    boolean beatsAllOthers(Arm arm) {
        return arms.stream()
                .filter(other -> !other.equals(arm))
                .allMatch(other -> better.contains(List.of(arm.name(), other.name())));
    }

    /// Returns the cheapest arm that no other one beats, among those with a right answer. Contradicting train rows
    /// rule out no arm here, unlike in a recommendation: the forecast shall not be held against its own rule.
    Optional<Arm> pick() {
        List<Arm> useful = arms.stream().filter(arm -> arm.value() > 0).toList();
        return useful.stream()
                .filter(arm -> useful.stream().noneMatch(other -> better.contains(List.of(other.name(), arm.name()))))
                .min(Comparator.comparing((Arm arm) -> COSTS.indexOf(arm.path()))
                        .thenComparing(arm -> -arm.value()));
    }
}
