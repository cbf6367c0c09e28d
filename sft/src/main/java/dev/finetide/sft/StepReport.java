package dev.finetide.sft;

/// The report of one optimiser step.
///
/// @param step number of the step, counted from 1
/// @param totalSteps steps of the whole run
/// @param epoch passes over the rows after this step, with a fraction
/// @param loss mean negative log-likelihood of the step's supervised tokens, before the update, in nats
/// @param learningRate learning rate of this step
/// @param gradNorm norm of the loss's gradient, before clipping
/// @param supervisedTokens supervised tokens of this step
/// @param tokens tokens of this step, without padding
/// @param tokensPerSecond tokens of this step per second
/// @param rowsPerSecond rows of this step per second
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
