package dev.finetide.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.name.Page;
import dev.finetide.kit.work.WorkState;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.Variant;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.work.v1.WorkWaiting;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The behaviour of a store that Evaluations relies on.
abstract class EvaluationStoreContract {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00.123456Z");

    private EvaluationStore store;

    abstract EvaluationStore store();

    @BeforeEach
    void open() {
        store = store();
    }

    @Test
    void whatIsWrittenIsRead() {
        StoredEvaluation evaluation = anEvaluation("run-1", NOW);
        store.insert(evaluation);
        assertThat(store.find(evaluation.name())).contains(evaluation);
        StoredEvaluation changed = evaluation
                .with(evaluation.attempt().launched(NOW).lost().heard(7, NOW))
                .to(new WorkState.Running(), "launched", "eval-service", NOW)
                .answered(3);
        store.update(changed);
        assertThat(store.find(evaluation.name())).contains(changed);
        assertThat(store.lock("projects/p/evaluations/none")).isEmpty();
    }

    @Test
    void aTransactionThatFailsLeavesNothing() {
        StoredEvaluation evaluation = anEvaluation("run-1", NOW);
        assertThatThrownBy(() -> store.transact(() -> {
                    store.insert(evaluation);
                    store.addResults(evaluation.name(), List.of(result(1, Variant.BASE)));
                    store.append(evaluation.name(), List.of(evaluation.stateUpdate(NOW)));
                    throw new IllegalStateException("no");
                }))
                .hasMessage("no");
        assertThat(store.find(evaluation.name())).isEmpty();
        assertThat(store.updatesAfter(evaluation.name(), 0, 10)).isEmpty();
    }

    @Test
    void aResultIsNewOncePerRowAndVariant() {
        StoredEvaluation evaluation = anEvaluation("run-1", NOW);
        store.insert(evaluation);
        ExampleResult base1 = result(1, Variant.BASE);
        ExampleResult tuned1 = result(1, Variant.TUNED);
        ExampleResult base2 = result(2, Variant.BASE);
        assertThat(store.addResults(evaluation.name(), List.of(base1, tuned1, base1)))
                .containsExactly(base1, tuned1);
        assertThat(store.addResults(evaluation.name(), List.of(base2, base1))).containsExactly(base2);
        store.clearResults(evaluation.name());
        assertThat(store.addResults(evaluation.name(), List.of(base1))).containsExactly(base1);
        assertThat(store.addResults(evaluation.name(), List.of())).isEmpty();
    }

    @Test
    void updatesComeInOrderAfterASequenceAndEachOnce() {
        StoredEvaluation evaluation = anEvaluation("run-1", NOW).answered(3);
        store.insert(evaluation);
        List<EvaluationUpdate> updates = evaluation.resultUpdates(
                List.of(result(1, Variant.BASE), result(2, Variant.BASE), result(3, Variant.BASE)), NOW);
        store.append(evaluation.name(), updates);
        assertThat(store.updatesAfter(evaluation.name(), 2, 2)).isEqualTo(updates.subList(1, 3));
        assertThatThrownBy(() -> store.append(evaluation.name(), updates));
    }

    @Test
    void theQueueIsByAge() {
        store.insert(anEvaluation("run-2", NOW.plusMillis(1)));
        store.insert(anEvaluation("run-1", NOW));
        StoredEvaluation running = anEvaluation("run-3", NOW);
        store.insert(running.to(new WorkState.Running(), "test", "test", NOW));
        StoredEvaluation held = anEvaluation("run-4", NOW.plusMillis(1));
        store.insert(held.to(new WorkState.Held(WorkWaiting.getDefaultInstance()), "test", "test", NOW));
        assertThat(ids(store.nextQueued(5))).containsExactly("run-1", "run-2");
        assertThat(store.active().stream().map(active -> id(active.name()))).containsExactly("run-3", "run-4");
    }

    @Test
    void evaluationsOfAProjectAreListedNewestFirst() {
        for (int i = 1; i <= 4; i++) {
            store.insert(anEvaluation("run-" + i, NOW.plusMillis(i)));
        }
        assertThat(ids(store.list("p", new Page(2, Optional.empty())))).containsExactly("run-4", "run-3", "run-2");
        assertThat(ids(store.list("p", new Page(2, Optional.of("run-3"))))).containsExactly("run-2", "run-1");
        assertThat(store.list("other", new Page(2, Optional.empty()))).isEmpty();
    }

    private static StoredEvaluation anEvaluation(String id, Instant created) {
        return StoredEvaluation.requested("projects/p/evaluations/" + id, TrainingRun.getDefaultInstance(), 5, created);
    }

    private static ExampleResult result(long row, Variant variant) {
        return ExampleResult.newBuilder().setRow(row).setVariant(variant).build();
    }

    private static List<String> ids(List<StoredEvaluation> evaluations) {
        return evaluations.stream().map(evaluation -> id(evaluation.name())).toList();
    }

    private static String id(String name) {
        return name.substring(name.lastIndexOf('/') + 1);
    }
}
