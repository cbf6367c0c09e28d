package dev.finetide.eval;

import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.work.InMemoryWorkStore;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.Variant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Stores evaluations in memory.
final class InMemoryEvaluationStore extends InMemoryWorkStore<StoredEvaluation, EvaluationUpdate>
        implements EvaluationStore {
    private record Answered(String evaluation, long row, Variant variant) {}

    private Set<Answered> answered = new HashSet<>();

    InMemoryEvaluationStore() {
        super(ResourceType.EVALUATION, EvaluationUpdate::getSequence);
    }

    @Override
    protected Runnable snapshot() {
        Set<Answered> before = new HashSet<>(answered);
        return () -> answered = before;
    }

    @Override
    public synchronized List<ExampleResult> addResults(String evaluation, List<ExampleResult> results) {
        return results.stream()
                .filter(result -> answered.add(new Answered(evaluation, result.getRow(), result.getVariant())))
                .toList();
    }

    @Override
    public synchronized void clearResults(String evaluation) {
        answered.removeIf(result -> result.evaluation().equals(evaluation));
    }
}
