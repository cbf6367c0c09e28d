package dev.finetide.eval;

import dev.finetide.proto.training.v1.CreateTrainingRunRequest;
import dev.finetide.proto.training.v1.TrainingRun;
import java.util.List;

/// Asks training-service for runs.
interface TrainingRuns {
    /// @throws dev.finetide.kit.error.ApiException DEPENDENCY_UNAVAILABLE; RESOURCE_NOT_FOUND or INVALID_FIELD with the
    ///     service's refusal
    TrainingRun create(CreateTrainingRunRequest request);

    /// @throws dev.finetide.kit.error.ApiException RESOURCE_NOT_FOUND, DEPENDENCY_UNAVAILABLE
    TrainingRun get(String name);

    /// Returns the newest runs of a project, at most a thousand.
    ///
    /// @param parent projects/{project}
    List<TrainingRun> recent(String parent);

    /// Cancels a run; one that has ended stays as it is.
    void cancel(String name);
}
