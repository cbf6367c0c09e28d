package dev.finetide.eval;

import dev.finetide.metrics.stats.Interval;
import dev.finetide.metrics.stats.Sample;
import dev.finetide.proto.evaluation.v1.ArmReport;
import dev.finetide.proto.evaluation.v1.Comparison;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.Score;

/// Writes numbers of the module `metrics` as messages.
final class Scores {
    private Scores() {}

    /// Returns the statistics of one row; null if the metric failed on the row or is not defined for it.
    static double[] statistics(ExampleResult outcome, String metric) {
        if (outcome.containsStatistics(metric)) {
            return outcome.getStatisticsOrThrow(metric).getValuesList().stream()
                    .mapToDouble(Double::doubleValue)
                    .toArray();
        }
        return outcome.containsScores(metric) ? new double[] {outcome.getScoresOrThrow(metric)} : null;
    }

    static Score score(Sample sample) {
        Interval interval = sample.interval();
        return Score.newBuilder()
                .setValue(sample.value())
                .setLow(interval.low())
                .setHigh(interval.high())
                .setRows(sample.rows())
                .setFailedRows(sample.failed())
                .build();
    }

    /// Adds the value of each draw of an arm that draws at random.
    static void spread(Sample sample, ArmReport.Builder arm) {
        double[] values = sample.ofEachRepeat();
        if (values.length > 1) {
            for (double value : values) {
                arm.addRepeatValues(value);
            }
        }
    }

    /// Returns the comparison without its verdict. The difference is positive if the first arm is the better one.
    static Comparison comparison(String arm, String other, String metric, dev.finetide.metrics.stats.Comparison found) {
        boolean turned = !found.higherIsBetter();
        Interval interval = found.interval();
        return Comparison.newBuilder()
                .setArm(arm)
                .setOther(other)
                .setMetric(metric)
                .setDifference(turned ? 0 - found.difference() : found.difference())
                .setLow(turned ? 0 - interval.high() : interval.low())
                .setHigh(turned ? 0 - interval.low() : interval.high())
                .setPValue(found.pValue())
                .setRowsWon(found.won())
                .setRowsLost(found.lost())
                .setRowsTied(found.tied())
                .setRowsNeeded(found.rowsNeeded().orElse(0))
                .build();
    }
}
