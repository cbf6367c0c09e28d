package dev.finetide.worker.evaluate;

import java.util.OptionalDouble;

/// The reply of a model to one prompted row, and how well the model predicts the expected answer.
///
/// @param output text of the reply
/// @param confidence probability that the model gave to the reply among all choices; empty for a reply
///     that was written
/// @param nll sum of the negative log-likelihoods of the expected answer's tokens, in nats; empty if
///     nobody asked
/// @param tokens number of tokens that `nll` sums over
/// @param readTokens number of tokens that the model read
/// @param writtenTokens number of tokens that the model wrote
/// @param outputTokens length of the reply in tokens, without the one that ends it
/// @param seconds time from the request's admission to its end
/// @param computeSeconds share of the time in which several requests were computed
/// @param cut whether the reply reached its limit before the model ended it
record Reply(
        String output,
        OptionalDouble confidence,
        OptionalDouble nll,
        int tokens,
        int readTokens,
        int writtenTokens,
        int outputTokens,
        double seconds,
        double computeSeconds,
        boolean cut) {
    /// Makes a reply that no language model has read or written anything for.
    static Reply without(String output, OptionalDouble confidence, int outputTokens, double seconds) {
        return new Reply(output, confidence, OptionalDouble.empty(), 0, 0, 0, outputTokens, seconds, seconds, false);
    }
}
