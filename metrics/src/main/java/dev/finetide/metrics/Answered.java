package dev.finetide.metrics;

import static java.util.Objects.requireNonNull;

import dev.finetide.metrics.calls.RowCalls;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// One row of a split with the answer of one arm.
///
/// @param expected the reference
/// @param output the whole reply
/// @param answer the part of the reply that [AnswerRule] cut out; the reply where there is no rule
/// @param nll sum of the negative log-probabilities of the reference's tokens, in nats
/// @param tokens number of the reference's tokens that `nll` sums over
/// @param labels labels of the task, in their order; empty for a task without labels
/// @param confidence probability that the arm gave to its answer, between 0 and 1
/// @param outputTokens length of the reply in tokens
/// @param expectedTokens length of the reference in tokens
/// @param settings settings of the evaluation
/// @param calls tools, acceptable calls and convention of a row whose answer is calls
public record Answered(
        String expected,
        String output,
        String answer,
        OptionalDouble nll,
        int tokens,
        List<String> labels,
        OptionalDouble confidence,
        int outputTokens,
        int expectedTokens,
        Settings settings,
        Optional<RowCalls> calls) {
    public Answered {
        requireNonNull(expected, "expected");
        requireNonNull(output, "output");
        requireNonNull(answer, "answer");
        requireNonNull(nll, "nll");
        requireNonNull(confidence, "confidence");
        requireNonNull(settings, "settings");
        requireNonNull(calls, "calls");
        labels = List.copyOf(labels);
    }

    /// Makes a row of which nothing about calls is known.
    public Answered(
            String expected,
            String output,
            String answer,
            OptionalDouble nll,
            int tokens,
            List<String> labels,
            OptionalDouble confidence,
            int outputTokens,
            int expectedTokens,
            Settings settings) {
        this(
                expected,
                output,
                answer,
                nll,
                tokens,
                labels,
                confidence,
                outputTokens,
                expectedTokens,
                settings,
                Optional.empty());
    }

    /// Returns the same row with what is known about its calls.
    public Answered with(RowCalls known) {
        return new Answered(
                expected,
                output,
                answer,
                nll,
                tokens,
                labels,
                confidence,
                outputTokens,
                expectedTokens,
                settings,
                Optional.of(known));
    }

    /// Returns a row of texts alone: without labels, log-probabilities and counts of tokens.
    public static Answered of(String expected, String answer) {
        return new Answered(
                expected,
                answer,
                answer,
                OptionalDouble.empty(),
                0,
                List.of(),
                OptionalDouble.empty(),
                0,
                0,
                Settings.none());
    }
}
