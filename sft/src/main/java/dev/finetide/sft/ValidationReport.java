package dev.finetide.sft;

/// The evaluation of the weights after a step on the held-out rows.
///
/// @param loss mean negative log-likelihood of the supervised tokens, in nats
/// @param tokenAccuracy share of the supervised tokens that were the likeliest token
/// @param supervisedTokens supervised tokens of all held-out rows
/// @param best whether no earlier evaluation had a lower loss
/// @param bestLoss lowest loss so far, including this one
/// @param bestStep step of the lowest loss
/// @param seconds duration of the evaluation
public record ValidationReport(
        int step,
        double loss,
        double tokenAccuracy,
        long supervisedTokens,
        boolean best,
        double bestLoss,
        int bestStep,
        double seconds) {}
