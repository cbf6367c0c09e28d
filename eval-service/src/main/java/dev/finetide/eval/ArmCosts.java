package dev.finetide.eval;

import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.ArmReport;
import dev.finetide.proto.evaluation.v1.ConfusedPair;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.Path;
import dev.finetide.proto.model.v1.ModelKind;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Makes the part of an arm's report that is no score: what a request costs, and which labels are confused.
final class ArmCosts {
    private static final int CONFUSED_PAIRS = 5;
    private static final String LABEL_STATISTICS = "macro_f1";

    private ArmCosts() {}

    /// @param labels labels of a classification, by the indexes in the statistics of macro-F1; empty for other tasks
    static ArmReport.Builder report(EvaluationArm arm, List<ExampleResult> answers, List<String> labels) {
        ArmReport.Builder report = ArmReport.newBuilder()
                .setArm(arm.getArm().getName())
                .setModel(model(arm))
                .setPath(path(arm))
                .setPrompting(PromptingText.of(arm))
                .setApproved(arm.getApproved())
                .setTrainSeconds(arm.getTrainSeconds())
                .setTrainPeakMemoryBytes(arm.getTrainPeakMemoryBytes())
                .setRepeats(Repeats.of(arm));
        if (arm.hasError()) {
            return report.setError(arm.getError());
        }
        if (answers.isEmpty()) {
            return report;
        }
        double seconds =
                answers.stream().mapToDouble(ExampleResult::getComputeSeconds).sum();
        double[] latencies = answers.stream()
                .mapToDouble(ExampleResult::getLatencySeconds)
                .sorted()
                .toArray();
        return report.setRows(answers.stream()
                        .mapToLong(ExampleResult::getRow)
                        .distinct()
                        .count())
                .setCutOutputs(
                        answers.stream().filter(ExampleResult::getOutputCut).count())
                .setPromptTokens(mean(answers, ExampleResult::getPromptTokens))
                .setCompletionTokens(mean(answers, ExampleResult::getCompletionTokens))
                .setLatencyP50Seconds(quantile(latencies, 0.5))
                .setLatencyP95Seconds(quantile(latencies, 0.95))
                .setRequestsPerSecond(seconds > 0 ? answers.size() / seconds : 0)
                .setShortenedRows(answers.stream()
                        .filter(answer -> answer.getDroppedExamples() > 0)
                        .count())
                .setDroppedExamples(answers.stream()
                        .mapToLong(ExampleResult::getDroppedExamples)
                        .sum())
                .addAllConfused(confused(answers, labels));
    }

    private static ArmModel model(EvaluationArm arm) {
        return arm.getArm().getModel() == ArmModel.ARM_MODEL_UNSPECIFIED
                ? ArmModel.BASE
                : arm.getArm().getModel();
    }

    private static Path path(EvaluationArm arm) {
        boolean examples = PromptingText.prompting(arm).getExamples().getCount() > 0;
        if (model(arm) == ArmModel.BASE) {
            return examples ? Path.FEW_SHOT : Path.PROMPT;
        }
        if (arm.getKind() == ModelKind.FULL_MODEL) {
            return examples ? Path.FULL_FEW_SHOT : Path.FULL;
        }
        return examples ? Path.LORA_FEW_SHOT : Path.LORA;
    }

    private static double mean(List<ExampleResult> answers, Function<ExampleResult, Integer> tokens) {
        return answers.stream().mapToInt(tokens::apply).average().orElse(0);
    }

    /// Returns the smallest value that the given part of all values does not exceed (nearest rank).
    private static double quantile(double[] sorted, double part) {
        return sorted[Math.max(0, (int) Math.ceil(part * sorted.length) - 1)];
    }

    private static List<ConfusedPair> confused(List<ExampleResult> answers, List<String> labels) {
        Map<List<Integer>, Long> counts = answers.stream()
                .filter(answer -> answer.containsStatistics(LABEL_STATISTICS))
                .map(answer -> answer.getStatisticsOrThrow(LABEL_STATISTICS).getValuesList().stream()
                        .map(Double::intValue)
                        .toList())
                .filter(pair -> !pair.get(0).equals(pair.get(1)) && pair.get(0) < labels.size())
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
        return counts.entrySet().stream()
                .sorted(Map.Entry.<List<Integer>, Long>comparingByValue()
                        .reversed()
                        .thenComparing(entry -> entry.getKey().toString()))
                .limit(CONFUSED_PAIRS)
                .map(entry -> ConfusedPair.newBuilder()
                        .setExpected(labels.get(entry.getKey().get(0)))
                        .setAnswer(
                                entry.getKey().get(1) < 0
                                        ? ""
                                        : labels.get(entry.getKey().get(1)))
                        .setRows(entry.getValue())
                        .build())
                .toList();
    }
}
