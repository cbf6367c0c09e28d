package dev.finetide.training;

import dev.finetide.proto.training.v1.Precision;
import dev.finetide.proto.training.v1.Rendering;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingMachine;
import dev.finetide.proto.worker.v1.WorkerStarted;

/// Divides the values that a worker uses: those that decide the result become the run's settings, so that later
/// attempts and the evaluation use the same, and those of the worker's machine are shown only.
final class SettingsInUse {
    private SettingsInUse() {}

    /// Returns the settings with the values in use that decide the result. A worker that does not report a value
    /// changes nothing.
    static TrainingConfig decisive(TrainingConfig settings, TrainingConfig used) {
        TrainingConfig.Builder decided = settings.toBuilder();
        if (used.getPrecision() != Precision.PRECISION_UNSPECIFIED) {
            decided.setPrecision(used.getPrecision());
        }
        if (used.getMicroBatchTokens() > 0) {
            decided.setMicroBatchTokens(used.getMicroBatchTokens());
        }
        if (used.hasMaxLength()) {
            decided.setMaxLength(used.getMaxLength());
        }
        if (used.getRendering() != Rendering.RENDERING_UNSPECIFIED) {
            decided.setRendering(used.getRendering());
        }
        if (used.getEvaluation().hasMaxNewTokens()) {
            decided.getEvaluationBuilder().setMaxNewTokens(used.getEvaluation().getMaxNewTokens());
        }
        return decided.build();
    }

    static TrainingMachine machine(WorkerStarted started) {
        TrainingConfig used = started.getConfig();
        return TrainingMachine.newBuilder()
                .setHost(started.getHost())
                .setDevice(used.getDevice())
                .setThreads(used.getThreads())
                .setMemoryBudgetBytes(used.getMemoryBudgetBytes())
                .build();
    }
}
