package dev.finetide.eval;

import dev.finetide.proto.model.v1.ModelVersion;
import java.util.Optional;

/// Keeps the registry's model versions as its events announce them, so that an evaluation of a run can name them
/// without a call.
interface ModelVersions {
    void save(ModelVersion version);

    Optional<ModelVersion> find(String name);

    /// Returns the newest approved version of a model.
    ///
    /// @param model projects/{project}/models/{model}
    Optional<ModelVersion> approved(String model);
}
