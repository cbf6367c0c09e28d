package dev.finetide.eval;

import dev.finetide.kit.catalog.Catalog;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.evaluation.v1.Arm;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The dataset versions with collected answers that an evaluation's arms name.
///
/// @param resolved all arms, with the numbers of the versions that they name
/// @param versions the versions, each once
record FrozenAnswers(List<Arm> resolved, List<DatasetVersion> versions) {
    /// @throws ApiException RESOURCE_NOT_FOUND, INVALID_FIELD for a version without train rows
    static FrozenAnswers of(List<Arm> arms, Catalog catalog) {
        Map<String, DatasetVersion> versions = new LinkedHashMap<>();
        List<Arm> resolved = new ArrayList<>();
        for (int i = 0; i < arms.size(); i++) {
            Arm arm = arms.get(i);
            if (!arm.getFrozenAnswers().isEmpty()) {
                DatasetVersion version = catalog.datasetVersion(arm.getFrozenAnswers());
                if (version.getTrainRows() == 0) {
                    throw ApiException.invalidField(
                            "spec.config.arms[" + i + "].frozen_answers",
                            "expected a dataset version with answers as train rows, got " + version.getName()
                                    + ", which has none");
                }
                versions.put(version.getName(), version);
                arm = arm.toBuilder().setFrozenAnswers(version.getName()).build();
            }
            resolved.add(arm);
        }
        return new FrozenAnswers(resolved, List.copyOf(versions.values()));
    }
}
