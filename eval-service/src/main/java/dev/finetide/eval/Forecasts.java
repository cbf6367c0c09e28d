package dev.finetide.eval;

import dev.finetide.proto.dataset.v1.SuitabilityVerdict;
import java.util.Optional;

/// Looks up what the suitability reports of dataset versions forecast.
interface Forecasts {
    /// Returns the verdict of the newest complete report on a version's rows alone; empty where there is none.
    ///
    /// @param datasetVersion projects/{project}/datasets/{dataset}/versions/{n}
    /// @throws dev.finetide.kit.error.ApiException DEPENDENCY_UNAVAILABLE
    Optional<SuitabilityVerdict> verdict(String datasetVersion);
}
