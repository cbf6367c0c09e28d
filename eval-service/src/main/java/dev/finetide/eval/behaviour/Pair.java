package dev.finetide.eval.behaviour;

import dev.finetide.metrics.stats.Bootstrap;
import dev.finetide.metrics.stats.Comparison;
import dev.finetide.metrics.stats.Sample;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A trained arm and the base, on the same rows.
///
/// @param name name of the trained arm
/// @param base name of the base's arm
record Pair(String name, ArmResults arm, String base, ArmResults baseResults, Bootstrap bootstrap) {
    /// Both numbers, and their comparison.
    ///
    /// @param sample numbers of the arm
    /// @param baseSample numbers of the base
    record Compared(Sample sample, Sample baseSample, Comparison comparison) {
        int rows() {
            return comparison.rows();
        }
    }

    /// Compares both on the rows of a probe on which both could be measured; empty where there are none.
    Optional<Compared> compare(String probe, RowStatistic statistic) {
        Map<Long, ExampleResult> others = baseResults.of(probe);
        List<double[]> mine = new ArrayList<>();
        List<double[]> theirs = new ArrayList<>();
        arm.of(probe).forEach((row, result) -> {
            double[] own = statistic.of().apply(result);
            double[] other = others.containsKey(row) ? statistic.of().apply(others.get(row)) : null;
            if (own != null && other != null) {
                mine.add(own);
                theirs.add(other);
            }
        });
        if (mine.isEmpty()) {
            return Optional.empty();
        }
        Sample sample = sample(statistic, mine);
        Sample baseSample = sample(statistic, theirs);
        return Optional.of(new Compared(sample, baseSample, Comparison.of(sample, baseSample)));
    }

    private Sample sample(RowStatistic statistic, List<double[]> rows) {
        return Sample.of(statistic.aggregate(), statistic.higherIsBetter(), rows.toArray(double[][]::new), bootstrap);
    }
}
