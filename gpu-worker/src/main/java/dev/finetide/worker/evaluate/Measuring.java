package dev.finetide.worker.evaluate;

import dev.finetide.metrics.AnswerRule;
import dev.finetide.metrics.DetectedTask;
import dev.finetide.metrics.Metric;
import dev.finetide.metrics.Metrics;
import dev.finetide.metrics.Settings;
import dev.finetide.metrics.Task;
import dev.finetide.metrics.calls.CallConvention;
import dev.finetide.proto.evaluation.v1.Aggregate;
import dev.finetide.proto.evaluation.v1.EvaluationRows;
import dev.finetide.proto.evaluation.v1.MetricInfo;
import dev.finetide.proto.training.v1.EvaluationConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The yardstick of an evaluation: the task, and what follows from it.
///
/// @param reason why the task was detected, or "declared"
/// @param labels labels of a classification, most frequent first
/// @param metrics metrics in the order of tables, the primary one first
/// @param rule rule that cuts the answer out of an output
/// @param convention the form in which the models write calls of functions
public record Measuring(
        Task task,
        String reason,
        List<String> labels,
        List<Metric> metrics,
        AnswerRule rule,
        Settings settings,
        CallConvention convention) {
    private static final String DECLARED = "declared";

    public Measuring {
        labels = List.copyOf(labels);
        metrics = List.copyOf(metrics);
    }

    /// Chooses the task and its metrics.
    ///
    /// @param questions questions of the train rows
    /// @param answers answers of the train rows, in the same order
    /// @throws IllegalArgumentException naming the setting when a metric is unknown, or the pattern or
    ///     the schema is none
    public static Measuring of(EvaluationConfig config, List<String> questions, List<String> answers) {
        return of(config, questions, answers, 0, CallConvention.PLAIN_JSON);
    }

    /// Chooses the task and its metrics for rows that may offer tools.
    ///
    /// @param rowsWithTools number of train rows that offer tools
    /// @param convention the form in which the models write calls
    /// @throws IllegalArgumentException as for rows without tools
    public static Measuring of(
            EvaluationConfig config,
            List<String> questions,
            List<String> answers,
            int rowsWithTools,
            CallConvention convention) {
        DetectedTask detected = DetectedTask.of(questions, answers, rowsWithTools);
        boolean declared = config.getTaskValue() != 0;
        Task task = declared ? Task.valueOf(config.getTask().name()) : detected.task();
        if (task == Task.TEXT) {
            throw new IllegalArgumentException(
                    "evaluation.task: expected another task than TEXT for rows with answers, got TEXT");
        }
        List<String> labels = task == Task.CLASSIFICATION ? byFrequency(answers) : List.of();
        return of(config, task, declared ? DECLARED : detected.reason(), labels, convention);
    }

    /// Chooses the metrics of rows that are all text.
    ///
    /// @throws IllegalArgumentException naming the setting when another task is declared, or a metric is unknown
    public static Measuring ofTexts(EvaluationConfig config) {
        String declared = config.getTask().name();
        if (config.getTaskValue() != 0 && !declared.equals(Task.TEXT.name())) {
            throw new IllegalArgumentException(
                    "evaluation.task: expected TEXT for rows that are all text, got " + declared);
        }
        return of(config, Task.TEXT, "The rows are texts without a question", List.of(), CallConvention.PLAIN_JSON);
    }

    private static Measuring of(
            EvaluationConfig config, Task task, String reason, List<String> labels, CallConvention convention) {
        Settings settings = named(
                "json_schema",
                () -> new Settings(Optional.of(config.getJsonSchema()).filter(schema -> !schema.isEmpty())));
        AnswerRule rule = named(
                "answer_pattern",
                () -> AnswerRule.of(
                        task,
                        labels,
                        Optional.of(config.getAnswerPattern()).filter(pattern -> !pattern.isEmpty()),
                        convention));
        List<Metric> metrics = new ArrayList<>(
                named("more_metrics", () -> Metrics.chosen(task, config.getMoreMetricsList(), settings)));
        if (!config.getPrimaryMetric().isEmpty()) {
            Metric primary = named("primary_metric", () -> Metrics.byName(config.getPrimaryMetric()));
            metrics.removeIf(metric -> metric.name().equals(primary.name()));
            metrics.addFirst(primary);
        }
        return new Measuring(task, reason, labels, metrics, rule, settings, convention);
    }

    private interface Choice<T> {
        T make();
    }

    private static <T> T named(String setting, Choice<T> choice) {
        try {
            return choice.make();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("evaluation." + setting + ": " + e.getMessage(), e);
        }
    }

    private static List<String> byFrequency(List<String> answers) {
        Map<String, Integer> counts = new TreeMap<>();
        answers.forEach(answer -> counts.merge(answer, 1, Integer::sum));
        return counts.entrySet().stream()
                .sorted(Comparator.comparing((Map.Entry<String, Integer> label) -> -label.getValue()))
                .map(Map.Entry::getKey)
                .toList();
    }

    /// Returns the metric that decides.
    Metric primary() {
        return metrics.getFirst();
    }

    /// Whether the metric that decides may need the loss: any but those of the tasks, which look at
    /// answers alone.
    boolean decidesByLoss() {
        return Arrays.stream(Task.values())
                .filter(any -> any != Task.TEXT)
                .noneMatch(any -> any.primaryMetric().equals(primary().name()));
    }

    /// Writes task, labels and metrics into a report.
    public EvaluationRows.Builder report() {
        EvaluationRows.Builder report = EvaluationRows.newBuilder()
                .setTask(dev.finetide.proto.evaluation.v1.Task.valueOf(task.name()))
                .setTaskReason(reason)
                .addAllLabels(labels);
        for (Metric metric : metrics) {
            report.addMetrics(MetricInfo.newBuilder()
                    .setName(metric.name())
                    .setHigherIsBetter(metric.higherIsBetter())
                    .setAggregate(Aggregate.valueOf(metric.aggregate().name())));
        }
        return report;
    }
}
