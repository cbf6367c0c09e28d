package dev.finetide.suitability.relation;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.Answered;
import dev.finetide.metrics.Metric;
import dev.finetide.metrics.Metrics;
import dev.finetide.metrics.Settings;
import dev.finetide.metrics.Task;
import dev.finetide.metrics.calls.CallConvention;
import dev.finetide.metrics.calls.RowCalls;
import dev.finetide.suitability.sample.RowSample;
import dev.finetide.suitability.sample.SampledRow;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// Measures answers by the metric that decides for a task, as an evaluation does. Safe for use by several threads.
public final class TaskMetric {
    /// Characters of texts that are compared: a longest common subsequence takes the product of both lengths.
    private static final int LONGEST = 2_000;

    private final Task task;
    private final Metric metric;
    private final List<String> labels;

    /// @param labels labels of a classification; empty for other tasks
    public TaskMetric(Task task, List<String> labels) {
        this.task = task;
        this.metric = Metrics.byName(task.primaryMetric());
        this.labels = List.copyOf(labels);
    }

    /// Returns the name of the metric: "accuracy".
    public String name() {
        return metric.name();
    }

    public Aggregate aggregate() {
        return metric.aggregate();
    }

    /// Returns the largest number that the metric can have.
    public double best() {
        return switch (metric.aggregate()) {
            case BLEU, CHRF -> 100;
            case MEAN, YES_NO, RATIO, PERPLEXITY, MACRO_F1, ECE -> 1;
        };
    }

    /// Returns the statistics of an answer; null for one that the metric cannot measure.
    public double[] measure(SampledRow row, String answer) {
        boolean isText = task == Task.FREE_TEXT || task == Task.SUMMARY;
        String expected = isText ? RowSample.cut(row.answer(), LONGEST) : row.answer();
        String given = isText ? RowSample.cut(answer, LONGEST) : answer;
        Answered answered = new Answered(
                expected,
                given,
                given,
                OptionalDouble.empty(),
                0,
                labels,
                OptionalDouble.empty(),
                0,
                0,
                Settings.none());
        if (task == Task.FUNCTION_CALLS) {
            Optional<String> calls = Optional.of(row.calls()).filter(text -> !text.isEmpty());
            answered = answered.with(new RowCalls("", calls, CallConvention.PLAIN_JSON));
        }
        try {
            return Metrics.measure(metric, answered);
        } catch (RuntimeException | StackOverflowError unusable) {
            return null;
        }
    }
}
