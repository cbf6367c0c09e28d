package dev.finetide.sft;

/// What a run does with held-out rows.
///
/// @param everySteps optimiser steps between two evaluations; 0 for one at the end of each epoch.
///     There is always one after the last step
/// @param patience the run ends after so many evaluations in a row without a gain; 0 for never
/// @param minDelta by how much the loss must fall below the best one so far to be a gain, in nats
/// @param result the weights that the run ends with
public record ValidationConfig(int everySteps, int patience, double minDelta, Result result) {
    /// Which weights are the run's.
    public enum Result {
        /// Those after its last step.
        LAST,
        /// Those with the least validation loss.
        BEST
    }

    /// At the end of each epoch, to its end, and its last weights.
    public static final ValidationConfig DEFAULT = new ValidationConfig(0, 0, 0, Result.LAST);

    public ValidationConfig {
        Setting.require(everySteps >= 0, "everySteps", "0 or more", everySteps);
        Setting.require(patience >= 0, "patience", "0 or more", patience);
        Setting.require(
                minDelta >= 0 && minDelta < Double.POSITIVE_INFINITY, "minDelta", "0 or more and finite", minDelta);
    }
}
