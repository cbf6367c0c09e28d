package dev.finetide.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.name.Page;
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

/// What Evaluations relies on, of every store.
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
        Trial trial = aTrial("run-1", NOW);
        store.insert(trial);
        assertThat(store.find(trial.name())).contains(trial);
        Trial changed = trial.with(trial.attempt().launched(NOW).lost().heard(7, NOW))
                .to(new EvaluationState.Running(), "launched", "eval-service", NOW)
                .answered(3);
        store.update(changed);
        assertThat(store.find(trial.name())).contains(changed);
        assertThat(store.lock("projects/p/evaluations/none")).isEmpty();
    }

    @Test
    void aTransactionThatFailsLeavesNothing() {
        Trial trial = aTrial("run-1", NOW);
        assertThatThrownBy(() -> store.transact(() -> {
                    store.insert(trial);
                    store.addResults(trial.name(), List.of(result(1, Variant.BASE)));
                    store.append(trial.name(), List.of(trial.stateUpdate(NOW)));
                    throw new IllegalStateException("no");
                }))
                .hasMessage("no");
        assertThat(store.find(trial.name())).isEmpty();
        assertThat(store.updatesAfter(trial.name(), 0, 10)).isEmpty();
    }

    @Test
    void aResultIsNewOncePerRowAndVariant() {
        Trial trial = aTrial("run-1", NOW);
        store.insert(trial);
        ExampleResult base1 = result(1, Variant.BASE);
        ExampleResult tuned1 = result(1, Variant.TUNED);
        ExampleResult base2 = result(2, Variant.BASE);
        assertThat(store.addResults(trial.name(), List.of(base1, tuned1, base1)))
                .containsExactly(base1, tuned1);
        assertThat(store.addResults(trial.name(), List.of(base2, base1))).containsExactly(base2);
        store.clearResults(trial.name());
        assertThat(store.addResults(trial.name(), List.of(base1))).containsExactly(base1);
        assertThat(store.addResults(trial.name(), List.of())).isEmpty();
    }

    @Test
    void updatesComeInOrderAfterASequenceAndEachOnce() {
        Trial trial = aTrial("run-1", NOW).answered(3);
        store.insert(trial);
        List<EvaluationUpdate> updates = trial.resultUpdates(
                List.of(result(1, Variant.BASE), result(2, Variant.BASE), result(3, Variant.BASE)), NOW);
        store.append(trial.name(), updates);
        assertThat(store.updatesAfter(trial.name(), 2, 2)).isEqualTo(updates.subList(1, 3));
        assertThatThrownBy(() -> store.append(trial.name(), updates));
    }

    @Test
    void theQueueIsByAge() {
        store.insert(aTrial("run-2", NOW.plusMillis(1)));
        store.insert(aTrial("run-1", NOW));
        Trial running = aTrial("run-3", NOW);
        store.insert(running.to(new EvaluationState.Running(), "test", "test", NOW));
        Trial held = aTrial("run-4", NOW.plusMillis(1));
        store.insert(held.to(new EvaluationState.Held(WorkWaiting.getDefaultInstance()), "test", "test", NOW));
        assertThat(ids(store.nextQueued(5))).containsExactly("run-1", "run-2");
        assertThat(ids(store.active())).containsExactly("run-3", "run-4");
    }

    @Test
    void evaluationsOfAProjectAreListedNewestFirst() {
        for (int i = 1; i <= 4; i++) {
            store.insert(aTrial("run-" + i, NOW.plusMillis(i)));
        }
        assertThat(ids(store.list("p", new Page(2, Optional.empty())))).containsExactly("run-4", "run-3", "run-2");
        assertThat(ids(store.list("p", new Page(2, Optional.of("run-3"))))).containsExactly("run-2", "run-1");
        assertThat(store.list("other", new Page(2, Optional.empty()))).isEmpty();
    }

    private static Trial aTrial(String id, Instant created) {
        return Trial.requested("projects/p/evaluations/" + id, TrainingRun.getDefaultInstance(), 5, created);
    }

    private static ExampleResult result(long row, Variant variant) {
        return ExampleResult.newBuilder().setRow(row).setVariant(variant).build();
    }

    private static List<String> ids(List<Trial> trials) {
        return trials.stream()
                .map(trial -> trial.name().substring(trial.name().lastIndexOf('/') + 1))
                .toList();
    }
}
