package dev.finetide.eval;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.event.EventPublisher;
import dev.finetide.kit.event.Topics;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.EvaluationResult;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/// Takes the results of an evaluation's arms: from its worker, and from earlier evaluations that have equal arms. The
/// caller holds the evaluation's row lock.
final class ArmResults {
    private final EvaluationStore store;
    private final EventPublisher events;
    private final Clock clock;

    ArmResults(EvaluationStore store, EventPublisher events, Clock clock) {
        this.store = store;
        this.events = events;
        this.clock = clock;
    }

    /// Gives a new evaluation the answers that earlier evaluations have for equal arms.
    void reuse(StoredEvaluation evaluation) {
        EqualArms.keys(evaluation.view())
                .forEach((key, arm) -> store.findArm(key).ifPresent(earlier -> reuse(evaluation.name(), arm, earlier)));
    }

    private void reuse(String name, String arm, EvaluationStore.EqualArm earlier) {
        StoredEvaluation source = find(earlier.evaluation());
        StoredEvaluation begun = find(name)
                .ofRows(source.view().getRows().toBuilder().clearProbes().build())
                .prepared(source.arm(earlier.arm()).orElseThrow().getPreparation().toBuilder()
                        .setArm(arm)
                        .build());
        store.update(begun);
        store.append(name, List.of(begun.stateUpdate(clock.instant())));
        store.eachResults(
                earlier,
                results -> add(
                        find(name),
                        results.stream()
                                .filter(result -> result.getProbe().isEmpty())
                                .map(result -> result.toBuilder().setArm(arm).build())
                                .toList()));
    }

    private StoredEvaluation find(String name) {
        return store.find(name).orElseThrow(() -> ApiException.notFound(name));
    }

    /// Stores new results, and publishes each. Those of arms that have failed do not count.
    ///
    /// @throws IllegalArgumentException if one is of an arm, a row or a draw that the evaluation does not have
    void add(StoredEvaluation evaluation, List<ExampleResult> results) {
        results.forEach(result -> check(evaluation, result));
        List<ExampleResult> counting = results.stream()
                .filter(result -> !evaluation.arm(result.getArm()).orElseThrow().hasError())
                .toList();
        List<ExampleResult> fresh = store.addResults(evaluation.name(), counting);
        StoredEvaluation answered = evaluation.answered(fresh.size());
        List<EvaluationUpdate> updates = answered.resultUpdates(fresh, clock.instant());
        store.append(evaluation.name(), updates);
        store.updateReport(answered);
        for (EvaluationUpdate update : updates) {
            events.publish(
                    Topics.EVALUATION_RESULTS,
                    evaluation.name(),
                    EvaluationResult.newBuilder()
                            .setEvaluation(evaluation.name())
                            .setSequence(update.getSequence())
                            .setResult(update.getResult())
                            .build());
        }
    }

    private static void check(StoredEvaluation evaluation, ExampleResult result) {
        Optional<EvaluationArm> arm = evaluation.arm(result.getArm());
        if (arm.isPresent() && !result.getProbe().isEmpty()) {
            ProbedArms.check(evaluation.view(), arm.get(), result);
            return;
        }
        if (arm.isEmpty() || result.getRow() < 0 || result.getRow() >= evaluation.rows()) {
            throw new IllegalArgumentException("expected a result of an arm for a row below %d, got arm %s row %d"
                    .formatted(evaluation.rows(), result.getArm(), result.getRow()));
        }
        if (result.getRepeat() < 0 || result.getRepeat() >= Repeats.of(arm.get())) {
            throw new IllegalArgumentException("expected a draw below %d of arm %s, got %d"
                    .formatted(Repeats.of(arm.get()), result.getArm(), result.getRepeat()));
        }
    }
}
