package dev.finetide.eval.behaviour;

import dev.finetide.metrics.Aggregate;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import java.util.function.Function;

/// A number that is measured on results.
///
/// @param name name in the report
/// @param of statistics of one result; null where the result has none
/// @param hasGoodSide whether more of it, or less of it, is better at all
record RowStatistic(
        String name,
        Aggregate aggregate,
        boolean higherIsBetter,
        boolean hasGoodSide,
        Function<ExampleResult, double[]> of) {
    /// A loss of the expected tokens, in nats a token.
    static final RowStatistic LOSS = new RowStatistic(
            "loss",
            Aggregate.RATIO,
            false,
            true,
            result -> result.getTokens() == 0 ? null : new double[] {result.getNll(), result.getTokens()});

    /// The same loss in bits a byte, in which models with other tokens can be compared.
    static final RowStatistic BITS_PER_BYTE = new RowStatistic(
            "bits per byte",
            Aggregate.RATIO,
            false,
            true,
            result -> result.getTokens() == 0 || !result.containsScores("bytes")
                    ? null
                    : new double[] {result.getNll() / Math.log(2), result.getScoresOrThrow("bytes")});

    /// Makes a rate of results that have a score of 1 where less is better.
    static RowStatistic rate(String name) {
        return new RowStatistic(
                name,
                Aggregate.YES_NO,
                false,
                true,
                result -> result.containsScores(name) ? new double[] {result.getScoresOrThrow(name)} : null);
    }

    /// Makes a rate of results where more is better.
    ///
    /// @param of whether it holds for a result; null where that cannot be told
    static RowStatistic share(String name, Function<ExampleResult, Boolean> of) {
        return new RowStatistic(name, Aggregate.YES_NO, true, true, result -> {
            Boolean holds = of.apply(result);
            return holds == null ? null : new double[] {holds ? 1 : 0};
        });
    }
}
