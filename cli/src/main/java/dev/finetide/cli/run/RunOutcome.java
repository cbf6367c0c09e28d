package dev.finetide.cli.run;

import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.training.v1.TrainingRun;
import java.util.Optional;

/// The end of a run. Evaluation and model version are present only if the run succeeded.
public record RunOutcome(TrainingRun run, Optional<Evaluation> evaluation, Optional<ModelVersion> modelVersion) {
    public boolean isApproved() {
        return modelVersion
                .map(ModelVersion::getState)
                .filter(ModelVersion.State.APPROVED::equals)
                .isPresent();
    }
}
