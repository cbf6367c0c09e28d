package dev.finetide.worker.evaluate;

import dev.finetide.proto.evaluation.v1.Aggregate;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.MetricInfo;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.worker.evaluate.passages.PassageSet;
import java.util.List;

/// The metrics of looking up. They describe how often the passage that answers a row was found, and
/// call no arm better.
public final class PassageMetrics {
    private PassageMetrics() {}

    /// Returns the metrics, or none where no arm looks documents up, or no asked row says which
    /// passage answers it.
    public static List<MetricInfo> of(List<EvaluationArm> arms, List<SourcedRow> asked) {
        boolean looksUp = arms.stream()
                .flatMap(arm -> arm.getArm().getPromptingsList().stream())
                .anyMatch(prompting -> !prompting.getRetrieval().getDocuments().isEmpty());
        boolean named = asked.stream().anyMatch(row -> row.tags().containsKey(PassageSet.DOCUMENT_TAG));
        return looksUp && named ? List.of(metric(RowPassages.RECALL), metric(RowPassages.RECIPROCAL_RANK)) : List.of();
    }

    private static MetricInfo metric(String name) {
        return MetricInfo.newBuilder()
                .setName(name)
                .setHigherIsBetter(true)
                .setAggregate(Aggregate.MEAN)
                .setDescribesOnly(true)
                .build();
    }
}
