package dev.finetide.kit.catalog;

import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.ModelVersion;

/// Looks up the resources that work is made from, which other services keep.
public interface Catalog {
    /// @param name name that may end in `versions/latest`; the answer's name has the number
    /// @throws dev.finetide.kit.error.ApiException RESOURCE_NOT_FOUND, ILLEGAL_STATE (deleted),
    ///     DEPENDENCY_UNAVAILABLE
    DatasetVersion datasetVersion(String name);

    /// @throws dev.finetide.kit.error.ApiException RESOURCE_NOT_FOUND, ILLEGAL_STATE (deleted),
    ///     DEPENDENCY_UNAVAILABLE
    Base base(String name);

    /// @throws dev.finetide.kit.error.ApiException RESOURCE_NOT_FOUND, DEPENDENCY_UNAVAILABLE
    ModelVersion modelVersion(String name);
}
