package dev.finetide.eval;

import dev.finetide.metrics.stats.Confusions;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.ArmReport;
import dev.finetide.proto.evaluation.v1.ArmReportOrBuilder;
import dev.finetide.proto.evaluation.v1.ConfusedPair;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.Path;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.proto.model.v1.ModelKind;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/// Makes the part of an arm's report that is no score: the costs of a request, and the labels that
/// are confused.
final class ArmCosts {
    private static final int CONFUSED_PAIRS = 5;
    private static final int REQUESTS = 1000;
    private static final String LABEL_STATISTICS = "macro_f1";

    private ArmCosts() {}

    /// @param answers all answers of the arm; of an arm that failed only their price counts
    /// @param labels labels of a classification, by the indexes in the statistics of macro-F1; empty
    ///     for other tasks
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
        report.setPrice(answers.stream().mapToDouble(ExampleResult::getPrice).sum());
        if (arm.hasError()) {
            return report.setError(arm.getError());
        }
        report.addAllCautions(TrainedPassages.cautions(arm));
        if (answers.isEmpty()) {
            return report;
        }
        double seconds =
                answers.stream().mapToDouble(ExampleResult::getComputeSeconds).sum();
        double[] latencies = answers.stream()
                .mapToDouble(ExampleResult::getLatencySeconds)
                .sorted()
                .toArray();
        unanswered(answers, report);
        return report.setPriceOf1000Requests(report.getPrice() / answers.size() * REQUESTS)
                .setRows(answers.stream()
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
                .setDroppedPassages(answers.stream()
                        .mapToLong(ExampleResult::getDroppedPassages)
                        .sum())
                .setDroppedExamples(answers.stream()
                        .mapToLong(ExampleResult::getDroppedExamples)
                        .sum())
                .addAllConfused(confused(answers, labels));
    }

    /// Counts the rows without an answer, and says why the first of them has none.
    private static void unanswered(List<ExampleResult> answers, ArmReport.Builder report) {
        List<ExampleResult> without = answers.stream()
                .filter(answer -> !answer.getError().isEmpty())
                .sorted(Comparator.comparingLong(ExampleResult::getRow))
                .toList();
        if (!without.isEmpty()) {
            report.setUnansweredRows(without.stream()
                            .mapToLong(ExampleResult::getRow)
                            .distinct()
                            .count())
                    .setFirstRowError("row " + (without.getFirst().getRow() + 1) + ": "
                            + without.getFirst().getError());
        }
    }

    private static ArmModel model(EvaluationArm arm) {
        return arm.getArm().getModel() == ArmModel.ARM_MODEL_UNSPECIFIED
                ? ArmModel.BASE
                : arm.getArm().getModel();
    }

    private static Path path(EvaluationArm arm) {
        if (model(arm) == ArmModel.LINEAR) {
            return Path.LINEAR_MODEL;
        }
        if (model(arm) == ArmModel.ENDPOINT || model(arm) == ArmModel.FROZEN) {
            return Path.ELSEWHERE;
        }
        Prompting prompting = PromptingText.prompting(arm);
        boolean passages = prompting.getRetrieval().getCount() > 0;
        boolean examples = prompting.getExamples().getCount() > 0;
        if (model(arm) == ArmModel.BASE) {
            return passages ? Path.RETRIEVAL : examples ? Path.FEW_SHOT : Path.PROMPT;
        }
        if (arm.getKind() == ModelKind.FULL_MODEL) {
            return passages ? Path.FULL_RETRIEVAL : examples ? Path.FULL_FEW_SHOT : Path.FULL;
        }
        return passages ? Path.LORA_RETRIEVAL : examples ? Path.LORA_FEW_SHOT : Path.LORA;
    }

    /// Whether an arm's language model was trained, with or without examples in its prompt.
    static boolean isTrained(ArmReportOrBuilder arm) {
        return arm.getPath().compareTo(Path.LORA) >= 0 && arm.getPath().compareTo(Path.ELSEWHERE) < 0;
    }

    /// Whether an arm has learnt from the train rows, so that it has learnt their contradictions, too.
    static boolean hasLearnt(ArmReportOrBuilder arm) {
        return isTrained(arm) || arm.getPath() == Path.LINEAR_MODEL;
    }

    /// Whether this machine's computing time says what a request costs.
    static boolean runsOnBase(ArmReportOrBuilder arm) {
        return arm.getPath() != Path.LINEAR_MODEL && arm.getPath() != Path.ELSEWHERE;
    }

    private static double mean(List<ExampleResult> answers, Function<ExampleResult, Integer> tokens) {
        return answers.stream().mapToInt(tokens::apply).average().orElse(0);
    }

    /// Returns the smallest value that the given part of all values does not exceed (nearest rank).
    private static double quantile(double[] sorted, double part) {
        return sorted[Math.max(0, (int) Math.ceil(part * sorted.length) - 1)];
    }

    private static List<ConfusedPair> confused(List<ExampleResult> answers, List<String> labels) {
        double[][] statistics = answers.stream()
                .filter(answer -> answer.containsStatistics(LABEL_STATISTICS))
                .map(answer -> Scores.statistics(answer, LABEL_STATISTICS))
                .toArray(double[][]::new);
        return Confusions.mostFrequent(statistics, CONFUSED_PAIRS).stream()
                .map(pair -> ConfusedPair.newBuilder()
                        .setExpected(labels.get(pair.expected()))
                        .setAnswer(pair.answered() < 0 ? "" : labels.get(pair.answered()))
                        .setRows(pair.rows())
                        .build())
                .toList();
    }
}
