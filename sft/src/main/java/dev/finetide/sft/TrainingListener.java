package dev.finetide.sft;

import java.nio.file.Path;

/// Receives the progress of a training run, on the training thread.
public interface TrainingListener {
    void onStep(StepReport report);

    /// Called before the checkpoint of the same step.
    default void onValidation(ValidationReport report) {}

    /// Called when a checkpoint was written.
    ///
    /// @param step number of steps before the checkpoint
    default void onCheckpoint(int step, Path dir) {}

    /// Called for a checkpoint that cannot be used. The run continues from the checkpoint before it, or from the
    /// start.
    default void onCheckpointRefused(Path dir, String reason) {}

    /// Called when training continues after `step` steps of an earlier attempt.
    default void onResume(int step, Path dir) {}

    /// Called once, when it is certain where training begins: after all calls about checkpoints of earlier attempts,
    /// and before the first step.
    ///
    /// @param step number of steps of earlier attempts; 0 for a run from its start
    default void onStart(int step) {}

    /// Whether the run is to stop; asked before every step. A run that is told to stop saves a checkpoint and
    /// returns as interrupted.
    default boolean stopRequested() {
        return false;
    }
}
