package dev.finetide.worker.evaluate;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.Answered;
import dev.finetide.metrics.Metric;
import dev.finetide.metrics.Metrics;
import dev.finetide.metrics.Task;
import dev.finetide.metrics.calls.CallConvention;
import dev.finetide.metrics.calls.RowCalls;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.MetricStatistics;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.worker.evaluate.probe.AnswerForms;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/// Measures the reply to one row. A metric that fails marks the row and names the kind of its failure,
/// never a text.
final class RowMeasures {
    private final Measuring measuring;

    RowMeasures(Measuring measuring) {
        this.measuring = measuring;
    }

    /// Returns the result of a reply, without what a result says about its evaluation and its prompt.
    ///
    /// @param encoder encoder that has examined the row
    /// @param calls tools and right calls of the row, which only a task of calls needs
    ExampleResult.Builder result(
            PromptedRow row, Reply reply, RowEncoder encoder, Function<CallConvention, RowCalls> calls) {
        String expected = row.examined().expected();
        ExampleResult.Builder result = ExampleResult.newBuilder()
                .setRow(row.index())
                .setExpected(expected)
                .setOutput(reply.output())
                .setOutputCut(reply.cut())
                .setPromptTokens(reply.readTokens())
                .setCompletionTokens(reply.writtenTokens())
                .setLatencySeconds(reply.seconds())
                .setComputeSeconds(reply.computeSeconds())
                .setDroppedExamples(row.droppedExamples());
        measure(expected, reply, row.expectedTokens(encoder), calls, result);
        row.passages().writeTo(result);
        return result;
    }

    /// Writes answer, loss and scores of a reply into a result.
    ///
    /// @param expectedTokens length of the expected answer in tokens, without the one that ends it
    /// @param calls tools and right calls of the row, which only a task of calls needs
    void measure(
            String expected,
            Reply reply,
            int expectedTokens,
            Function<CallConvention, RowCalls> calls,
            ExampleResult.Builder result) {
        reply.nll().ifPresent(nll -> result.setNll(nll).setTokens(reply.tokens()));
        if (measuring.task() != Task.TEXT) {
            result.setForm(AnswerForms.of(reply.output(), expected, measuring.labels()));
        }
        String answer;
        try {
            answer = measuring.rule().cut(reply.output());
        } catch (RuntimeException | StackOverflowError failure) {
            measuring.metrics().forEach(metric -> result.putMetricErrors(metric.name(), nameOf(failure)));
            return;
        }
        if (!answer.equals(reply.output())) {
            result.setAnswer(answer);
        }
        Answered texts = new Answered(
                expected,
                reply.output(),
                answer,
                reply.nll(),
                reply.tokens(),
                measuring.labels(),
                reply.confidence(),
                reply.outputTokens(),
                expectedTokens,
                measuring.settings());
        Answered row =
                measuring.task() == Task.FUNCTION_CALLS ? texts.with(calls.apply(measuring.convention())) : texts;
        measuring.metrics().forEach(metric -> measure(metric, row, result));
    }

    private static void measure(Metric metric, Answered row, ExampleResult.Builder result) {
        double[] statistics;
        try {
            statistics = Metrics.measure(metric, row);
        } catch (RuntimeException | StackOverflowError | LinkageError failure) {
            result.putMetricErrors(metric.name(), nameOf(failure));
            return;
        }
        if (!Aggregate.isMeasured(statistics)) {
            return;
        }
        double score = metric.aggregate().value(new double[][] {statistics});
        if (Double.isFinite(score)) {
            result.putScores(metric.name(), score);
        }
        boolean isMean = metric.aggregate() == Aggregate.MEAN || metric.aggregate() == Aggregate.YES_NO;
        if (!isMean) {
            MetricStatistics.Builder values = MetricStatistics.newBuilder();
            Arrays.stream(statistics).forEach(values::addValues);
            result.putStatistics(metric.name(), values.build());
        }
    }

    private static String nameOf(Throwable failure) {
        return failure.getClass().getSimpleName();
    }

    /// Computes the primary metric of many results.
    ///
    /// @return NaN where no row has a number
    double primary(Iterable<ExampleResult> results) {
        Metric metric = measuring.primary();
        List<double[]> rows = new ArrayList<>();
        for (ExampleResult result : results) {
            if (result.containsStatistics(metric.name())) {
                rows.add(result.getStatisticsOrThrow(metric.name()).getValuesList().stream()
                        .mapToDouble(Double::doubleValue)
                        .toArray());
            } else if (result.containsScores(metric.name())) {
                rows.add(new double[] {result.getScoresOrThrow(metric.name())});
            }
        }
        return metric.aggregate().value(rows.toArray(double[][]::new));
    }
}
