package dev.finetide.sft;

/// The settings of a run's validation on held-out rows.
///
/// @param everySteps optimiser steps between two evaluations; 0 for one at the end of each epoch. An evaluation
///     always follows the last step
/// @param patience number of successive evaluations without a gain after which the run ends; 0 for never
/// @param minDelta fall of the loss below the best one so far that counts as a gain, in nats
/// @param result weights that the run ends with
public record ValidationConfig(int everySteps, int patience, double minDelta, Result result) {
    /// The weights that a run ends with.
    public enum Result {
        /// The weights after the last step.
        LAST,
        /// The weights with the lowest validation loss.
        BEST
    }

    /// The defaults: an evaluation at the end of each epoch, no early end, and the last weights.
    public static final ValidationConfig DEFAULT = new ValidationConfig(0, 0, 0, Result.LAST);

    public ValidationConfig {
        Setting.require(everySteps >= 0, "everySteps", "0 or more", everySteps);
        Setting.require(patience >= 0, "patience", "0 or more", patience);
        Setting.require(
                minDelta >= 0 && minDelta < Double.POSITIVE_INFINITY, "minDelta", "0 or more and finite", minDelta);
    }
}
