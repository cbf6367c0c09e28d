package dev.finetide.sft;

/// What the held-out rows say of the weights after a step.
///
/// @param loss sum of the supervised tokens' negative log-likelihoods over their count
/// @param tokenAccuracy share of the supervised tokens that were the likeliest token
/// @param supervisedTokens of all held-out rows
/// @param best whether no evaluation before had a lower loss
/// @param bestLoss the least so far, with this one
/// @param bestStep where that was
/// @param seconds that the evaluation took
public record ValidationReport(
        int step,
        double loss,
        double tokenAccuracy,
        long supervisedTokens,
        boolean best,
        double bestLoss,
        int bestStep,
        double seconds) {}
