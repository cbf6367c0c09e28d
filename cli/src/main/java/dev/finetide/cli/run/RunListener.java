package dev.finetide.cli.run;

import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.training.v1.TrainingRunUpdate;

/// Receives all updates of a run, its evaluation and its model version, in order, on one thread.
public interface RunListener extends AutoCloseable {
    default void onRun(TrainingRunUpdate update) {}

    default void onEvaluation(EvaluationUpdate update) {}

    /// Receives each state in which the version was seen.
    default void onModelVersion(ModelVersion version) {}

    @Override
    default void close() {}
}
