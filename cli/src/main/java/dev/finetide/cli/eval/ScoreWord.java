package dev.finetide.cli.eval;

import dev.finetide.proto.evaluation.v1.ExampleResult;

/// Says how good one answer is: "right" or "wrong", or its score where there are more than these two.
final class ScoreWord {
    private ScoreWord() {}

    /// @param metric metric that decides
    static String of(ExampleResult result, String metric) {
        double score = result.getScoresOrDefault(metric, Double.NaN);
        if (score == 1) {
            return "right";
        }
        return score == 0 ? "wrong" : MetricText.value(score);
    }
}
