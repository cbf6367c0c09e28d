package dev.finetide.worker.evaluate;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.metrics.Metric;
import dev.finetide.metrics.stats.Bootstrap;
import dev.finetide.metrics.stats.Comparison;
import dev.finetide.metrics.stats.Holm;
import dev.finetide.metrics.stats.Interval;
import dev.finetide.metrics.stats.Sample;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import java.util.ArrayList;
import java.util.List;

/// Writes a bake-off as JSON: each arm's score with its interval, and the pairs of which the first arm is better.
final class BakeOffLine {
    private static final long SEED = 27;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> PATHS =
            List.of("PROMPT", "PROMPT", "FEW_SHOT", "RETRIEVAL", "LINEAR_MODEL", "LORA");
    private static final List<String> ARMS = List.of("base", "asked", "few-shot", "passages", "linear", "tuned");

    private BakeOffLine() {}

    /// One arm's answers, as a number with its rows.
    private record Measured(String arm, Sample sample) {}

    /// Returns the line of a task. An arm without answers is left out.
    ///
    /// @param metric metric that decides
    /// @param rows rows that each arm was asked
    static ObjectNode of(String task, Metric metric, int rows, Recording recording) {
        Bootstrap bootstrap = new Bootstrap(SEED);
        List<Measured> measured = new ArrayList<>();
        ObjectNode line = JSON.createObjectNode();
        line.put("task", task).put("metric", metric.name()).put("rows", rows);
        ArrayNode arms = line.putArray("arms");
        for (String arm : ARMS) {
            double[][] statistics = new double[rows][];
            recording.of(arm).forEach(result -> statistics[(int) result.getRow()] = statistics(result, metric.name()));
            if (recording.of(arm).isEmpty()) {
                continue;
            }
            Sample sample = Sample.of(metric.aggregate(), metric.higherIsBetter(), statistics, bootstrap);
            Interval interval = sample.interval();
            measured.add(new Measured(arm, sample));
            arms.addObject()
                    .put("arm", arm)
                    .put("path", PATHS.get(ARMS.indexOf(arm)))
                    .put("value", rounded(sample.value()))
                    .put("low", rounded(interval.isKnown() ? interval.low() : sample.value()))
                    .put("high", rounded(interval.isKnown() ? interval.high() : sample.value()));
        }
        better(measured, line.putArray("better"));
        return line;
    }

    private static double rounded(double value) {
        return Math.round(value * 10_000) / 10_000.0;
    }

    private static double[] statistics(ExampleResult result, String metric) {
        if (result.containsStatistics(metric)) {
            return result.getStatisticsOrThrow(metric).getValuesList().stream()
                    .mapToDouble(Double::doubleValue)
                    .toArray();
        }
        return result.containsScores(metric) ? new double[] {result.getScoresOrThrow(metric)} : null;
    }

    /// Adds the pairs of which the first arm is better, after Holm's correction over all pairs.
    private static void better(List<Measured> arms, ArrayNode better) {
        List<List<Measured>> pairs = new ArrayList<>();
        List<Comparison> found = new ArrayList<>();
        for (int i = 0; i < arms.size(); i++) {
            for (int j = i + 1; j < arms.size(); j++) {
                pairs.add(List.of(arms.get(i), arms.get(j)));
                found.add(Comparison.of(arms.get(i).sample(), arms.get(j).sample()));
            }
        }
        double[] adjusted =
                Holm.adjust(found.stream().mapToDouble(Comparison::pValue).toArray());
        for (int i = 0; i < adjusted.length; i++) {
            Comparison.Verdict verdict = found.get(i).verdict(adjusted[i]);
            if (verdict == Comparison.Verdict.NOT_DISTINGUISHABLE) {
                continue;
            }
            int first = verdict == Comparison.Verdict.BETTER ? 0 : 1;
            better.addArray()
                    .add(pairs.get(i).get(first).arm())
                    .add(pairs.get(i).get(1 - first).arm());
        }
    }
}
