package dev.finetide.training;

import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.ModelVersion;
import java.util.OptionalInt;

/// Looks up the things that a run is made from, which other services keep.
interface Catalog {
    /// @param name name that may end in `versions/latest`; the answer's name has the number
    /// @throws dev.finetide.kit.error.ApiException RESOURCE_NOT_FOUND, DEPENDENCY_UNAVAILABLE
    DatasetVersion datasetVersion(String name);

    /// @throws dev.finetide.kit.error.ApiException RESOURCE_NOT_FOUND, DEPENDENCY_UNAVAILABLE
    Base base(String name);

    /// @throws dev.finetide.kit.error.ApiException RESOURCE_NOT_FOUND, DEPENDENCY_UNAVAILABLE
    ModelVersion modelVersion(String name);

    /// Returns the longest row that the base can take, in tokens; empty if its `config.json` does not say.
    ///
    /// @throws dev.finetide.kit.error.ApiException INVALID_FIELD if the file is not JSON
    OptionalInt context(Base base);
}
