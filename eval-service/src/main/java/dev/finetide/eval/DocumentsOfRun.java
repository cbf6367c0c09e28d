package dev.finetide.eval;

import dev.finetide.kit.catalog.Catalog;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.rule.DocumentArms;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.work.v1.WorkError;
import dev.finetide.proto.work.v1.WorkReason;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The document sets of a run's evaluation. The run has named them when it began, so a set may be
/// deleted since: its arm fails, and the others go on.
///
/// @param versions the document sets, each once
record DocumentsOfRun(List<EvaluationArm> arms, List<DatasetVersion> versions) {
    /// @throws ApiException DEPENDENCY_UNAVAILABLE
    static DocumentsOfRun of(List<EvaluationArm> arms, Catalog catalog) {
        Map<String, DatasetVersion> versions = new LinkedHashMap<>();
        List<EvaluationArm> found = new ArrayList<>();
        for (EvaluationArm arm : arms) {
            try {
                DocumentArms documents = DocumentArms.of("arms", List.of(arm.getArm()), catalog::datasetVersion);
                documents.versions().forEach(version -> versions.put(version.getName(), version));
                found.add(arm.toBuilder().setArm(documents.arms().getFirst()).build());
            } catch (ApiException e) {
                if (e.reason() == ErrorReason.DEPENDENCY_UNAVAILABLE) {
                    throw e;
                }
                found.add(arm.toBuilder()
                        .setError(WorkError.newBuilder()
                                .setReason(WorkReason.BAD_CONFIGURATION)
                                .setMessage(e.getMessage()))
                        .build());
            }
        }
        return new DocumentsOfRun(found, List.copyOf(versions.values()));
    }
}
