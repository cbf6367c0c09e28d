package dev.finetide.cli.platform;

import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.ArmReport;
import dev.finetide.proto.evaluation.v1.Comparison;
import dev.finetide.proto.evaluation.v1.ConfusedPair;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.Path;
import dev.finetide.proto.evaluation.v1.Recommendation;
import dev.finetide.proto.evaluation.v1.Score;
import dev.finetide.proto.evaluation.v1.Slice;
import dev.finetide.proto.evaluation.v1.Task;
import dev.finetide.proto.evaluation.v1.Verdict;
import dev.finetide.proto.work.v1.WorkError;
import dev.finetide.proto.work.v1.WorkReason;

/// Reports of evaluations for tests of what the commands print.
public final class Reports {
    private Reports() {}

    /// Returns a report of ten rows, of which the base answers none and the tuned model all.
    public static EvaluationReport baseAndTuned() {
        return EvaluationReport.newBuilder()
                .setRows(10)
                .addMetrics("exact_match")
                .addArms(arm("base", ArmModel.BASE, 10, "exact_match", score(0, 0, 0.278)))
                .addArms(arm("tuned", ArmModel.TUNED, 10, "exact_match", score(1, 0.722, 1)))
                .build();
    }

    /// Returns a report of four arms with everything that a report can say.
    public static EvaluationReport rich() {
        return EvaluationReport.newBuilder()
                .setRows(150)
                .setTask(Task.CLASSIFICATION)
                .addMetrics("accuracy")
                .addMetrics("macro_f1")
                .addMetrics("loss")
                .addArms(arm("base", ArmModel.BASE, 150, "accuracy", score(0, 0, 0.025))
                        .putScores("macro_f1", score(0, 0, 0))
                        .putScores("loss", score(4.125, 4, 4.25))
                        .setCutOutputs(150)
                        .setPromptTokens(45.2)
                        .setCompletionTokens(16)
                        .setLatencyP50Seconds(0.31)
                        .setLatencyP95Seconds(0.42)
                        .setRequestsPerSecond(12.5))
                .addArms(arm("few-shot", ArmModel.BASE, 150, "accuracy", score(0.82, 0.7508, 0.8733))
                        .putScores("macro_f1", score(0.801, 0.73, 0.86))
                        .putScores("loss", score(0.912, 0.8, 1.02))
                        .setPromptTokens(620)
                        .setCompletionTokens(5)
                        .setLatencyP50Seconds(0.9)
                        .setLatencyP95Seconds(1.2)
                        .setRequestsPerSecond(3)
                        .setShortenedRows(2)
                        .setDroppedExamples(3)
                        .setPath(Path.FEW_SHOT)
                        .addConfused(ConfusedPair.newBuilder()
                                .setExpected("refund")
                                .setAnswer("billing")
                                .setRows(5)))
                .addArms(ArmReport.newBuilder()
                        .setArm("long")
                        .setModel(ArmModel.BASE)
                        .setError(WorkError.newBuilder()
                                .setReason(WorkReason.BAD_CONFIGURATION)
                                .setMessage("the instruction has 9,000 tokens, the base reads 2,048")))
                .addArms(arm("tuned", ArmModel.TUNED, 150, "accuracy", score(0.94, 0.89, 0.968))
                        .putScores("macro_f1", score(0.93, 0.88, 0.97))
                        .putScores("loss", score(0.21, 0.15, 0.27))
                        .setPromptTokens(45.2)
                        .setCompletionTokens(5)
                        .setLatencyP50Seconds(0.12)
                        .setLatencyP95Seconds(0.2)
                        .setRequestsPerSecond(25)
                        .setTrainSeconds(605)
                        .setTrainPeakMemoryBytes(3_600_000_000L)
                        .setBreakEvenRequests(2063))
                .addComparisons(pair("base", "few-shot", Verdict.WORSE, -0.82, -0.873, -0.75, 0, 123))
                .addComparisons(pair("base", "tuned", Verdict.WORSE, -0.94, -0.968, -0.89, 0, 141))
                .addComparisons(pair("few-shot", "tuned", Verdict.NOT_DISTINGUISHABLE, -0.04, -0.09, 0.01, 3, 9)
                        .setRowsNeeded(900))
                .setDetectableDifference(0.071)
                .addSlices(Slice.newBuilder()
                        .setField("tag region")
                        .setValue("north")
                        .setRows(30)
                        .putScores("base", score(0.9, 0.74, 0.96))
                        .putScores("tuned", score(0.2, 0.09, 0.37))
                        .addComparisons(pair("tuned", "base", Verdict.WORSE, -0.7, -0.84, -0.48, 1, 22)))
                .addSlices(Slice.newBuilder()
                        .setField("tag region")
                        .setValue("south")
                        .setRows(120)
                        .putScores("base", score(0.1, 0.06, 0.17))
                        .putScores("tuned", score(0.95, 0.9, 0.98))
                        .addComparisons(pair("tuned", "base", Verdict.BETTER, 0.85, 0.77, 0.9, 102, 0)))
                .setSplitLooks(3)
                .setRecommendation(Recommendation.newBuilder()
                        .setArm("few-shot")
                        .setPath(Path.FEW_SHOT)
                        .setAdvice("Ask the base with 8 similar examples in its prompt (few-shot); do not train.")
                        .addReasons(
                                "few-shot 0.820 [0.751, 0.873]: no arm is better where the interval says so, and it needs"
                                        + " no training.")
                        .addWouldChange("About 900 rows would tell few-shot from tuned.")
                        .addCautions("tag region north (30 rows): tuned is worse than base by 0.700"))
                .build();
    }

    private static ArmReport.Builder arm(String name, ArmModel model, long rows, String metric, Score score) {
        return ArmReport.newBuilder().setArm(name).setModel(model).setRows(rows).putScores(metric, score);
    }

    private static Score score(double value, double low, double high) {
        return Score.newBuilder()
                .setValue(value)
                .setLow(low)
                .setHigh(high)
                .setRows(150)
                .build();
    }

    private static Comparison.Builder pair(
            String arm,
            String other,
            Verdict verdict,
            double difference,
            double low,
            double high,
            long won,
            long lost) {
        return Comparison.newBuilder()
                .setArm(arm)
                .setOther(other)
                .setMetric("accuracy")
                .setVerdict(verdict)
                .setDifference(difference)
                .setLow(low)
                .setHigh(high)
                .setRowsWon(won)
                .setRowsLost(lost)
                .setRowsTied(150 - won - lost);
    }
}
