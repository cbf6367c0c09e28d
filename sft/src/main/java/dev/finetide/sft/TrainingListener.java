package dev.finetide.sft;

import java.nio.file.Path;

/// Hears of a training run's progress, on the training thread.
public interface TrainingListener {
    void onStep(StepReport report);

    /// Called before the checkpoint of the same step.
    default void onValidation(ValidationReport report) {}

    /// @param step steps done when the checkpoint was taken
    default void onCheckpoint(int step, Path dir) {}

    /// A checkpoint that could not be used, and why; the run goes on with the one before it, or
    /// from the start.
    default void onCheckpointRefused(Path dir, String reason) {}

    /// Training continues after `step` steps that an earlier attempt did.
    default void onResume(int step, Path dir) {}

    /// Asked before every step; if true, the run saves a checkpoint and returns as interrupted.
    default boolean stopRequested() {
        return false;
    }
}
