package dev.finetide.sft;

/// What one optimiser step did.
///
/// @param step counted from 1
/// @param totalSteps of the whole run
/// @param epoch passes over the rows done after this step, as a fraction
/// @param loss sum of the supervised tokens' negative log-likelihoods over their count, before the
///     update
/// @param learningRate of this step
/// @param gradNorm norm of the loss's gradient, before clipping
/// @param supervisedTokens of this step
/// @param tokens of this step, without padding
/// @param tokensPerSecond of this step
/// @param rowsPerSecond of this step
public record StepReport(
        int step,
        int totalSteps,
        double epoch,
        double loss,
        double learningRate,
        double gradNorm,
        long supervisedTokens,
        long tokens,
        double tokensPerSecond,
        double rowsPerSecond) {}
