package dev.finetide.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.name.Page;
import dev.finetide.kit.request.Answered;
import dev.finetide.kit.work.ActiveWork;
import dev.finetide.kit.work.WorkState;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.proto.work.v1.WorkWaiting;
import dev.finetide.proto.worker.v1.Checkpoint;
import dev.finetide.proto.worker.v1.WorkerHeartbeat;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The behaviour of a store that TrainingRuns relies on.
abstract class RunStoreContract {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00.123456Z");

    private static final WorkWaiting WAITING = WorkWaiting.newBuilder()
            .setPlace(2)
            .setReason(WorkReason.CLUSTER_QUEUE)
            .setMessage("in the queue")
            .build();

    private RunStore store;

    abstract RunStore store();

    @BeforeEach
    void open() {
        store = store();
    }

    @Test
    void whatIsWrittenIsRead() {
        Run run = aRun("run-1", 0, NOW);
        store.insert(run);
        assertThat(store.find(run.name())).contains(run);
        Run changed = run.with(run.attempt().launched().lost().heard(7))
                .to(new WorkState.Starting(), "launched", "training-service", NOW)
                .stepped(TrainingProgress.newBuilder().setStep(3).build())
                .saved(Checkpoint.newBuilder()
                        .setStep(2)
                        .addFiles(BlobFile.newBuilder().setPath("optimizer"))
                        .build())
                .saved(Checkpoint.newBuilder().setStep(4).build());
        assertThat(changed.checkpoints()).hasSize(2);
        store.update(changed);
        assertThat(store.find(run.name())).contains(changed);
        assertThat(store.lock("projects/p/trainingRuns/none")).isEmpty();
    }

    @Test
    void severalRunsAreFoundByTheirNames() {
        Run one = aRun("run-1", 0, NOW);
        Run two = aRun("run-2", 0, NOW);
        store.insert(one);
        store.insert(two);
        store.insert(aRun("run-3", 0, NOW));

        assertThat(store.find(List.of(one.name(), two.name(), "projects/p/trainingRuns/none")))
                .containsExactlyInAnyOrder(one, two);
    }

    @Test
    void aReportChangesNothingElse() {
        Run run = aRun("run-1", 0, NOW);
        store.insert(run);
        Run reported = run.with(run.attempt()
                        .claimed()
                        .heard(
                                1,
                                WorkerHeartbeat.newBuilder()
                                        .setDoing("loading")
                                        .setProgress(3)
                                        .build()))
                .stepped(TrainingProgress.newBuilder().setStep(1).build());
        store.updateReport(reported);
        assertThat(store.find(run.name())).contains(reported);
    }

    @Test
    void aTombstoneIsFoundButNotListed() {
        Run waiting = aRun("run-1", 0, NOW);
        Run ended = aRun("run-2", 0, NOW).to(new WorkState.Queued().cancelAtOnce(), "cancelled", "user", NOW);
        store.insert(waiting);
        store.insert(ended);
        assertThat(store.open()).containsExactly(waiting);
        Run tombstone = ended.deleted(NOW);
        store.bury(tombstone);
        assertThat(store.find(ended.name())).contains(tombstone);
        assertThat(store.list("p", new Page(5, Optional.empty()))).containsExactly(waiting);
    }

    @Test
    void aTransactionThatFailsLeavesNothing() {
        Run run = aRun("run-1", 0, NOW);
        assertThatThrownBy(() -> store.transact(() -> {
                    store.insert(run);
                    store.append(run.name(), List.of(run.stateUpdate(NOW)));
                    store.answer("request-1", new Answered("body", run.name()));
                    throw new IllegalStateException("no");
                }))
                .hasMessage("no");
        assertThat(store.find(run.name())).isEmpty();
        assertThat(store.updatesAfter(run.name(), 0, 10)).isEmpty();
        assertThat(store.answered("request-1")).isEmpty();
    }

    @Test
    void theFirstAnswerToARequestStays() {
        Answered first = new Answered("body", "run-1");
        assertThat(store.answer("request-1", first)).isEmpty();
        assertThat(store.answer("request-1", new Answered("other", "run-2"))).contains(first);
        assertThat(store.answered("request-1")).contains(first);
    }

    @Test
    void updatesComeInOrderAfterASequenceAndEachOnce() {
        Run run = aRun("run-1", 0, NOW);
        store.insert(run);
        for (int step = 1; step <= 5; step++) {
            run = run.stepped(TrainingProgress.newBuilder().setStep(step).build());
            store.append(run.name(), List.of(run.progressUpdate(NOW)));
        }
        assertThat(store.updatesAfter(run.name(), 3, 2))
                .extracting(TrainingRunUpdate::getSequence)
                .containsExactly(4L, 5L);
        Run last = run;
        assertThatThrownBy(() -> store.append(last.name(), List.of(last.progressUpdate(NOW))));
    }

    @Test
    void theQueueIsByPriorityThenByAge() {
        store.insert(aRun("run-2", 0, NOW.plusMillis(1)));
        store.insert(aRun("run-1", 0, NOW));
        store.insert(aRun("run-3", 9, NOW.plusMillis(2)));
        Run ended = aRun("run-0", 99, NOW);
        store.insert(ended.to(new WorkState.Cancelled(), "cancelled", "user", NOW));
        assertThat(ids(store.nextQueued(2))).containsExactly("run-3", "run-1");
    }

    @Test
    void activeRunsAreThoseWithAWorker() {
        WorkState[] states = {
            new WorkState.Queued(),
            new WorkState.Starting(),
            new WorkState.Held(WAITING),
            new WorkState.Running(),
            new WorkState.Cancelling(),
            new WorkState.Cancelled()
        };
        List<ActiveWork> active = new ArrayList<>();
        for (int i = 0; i < states.length; i++) {
            Run run = aRun("run-" + i, 0, NOW.plusMillis(i)).to(states[i], "test", "test", NOW);
            store.insert(run);
            ActiveWork.of(run).ifPresent(active::add);
        }
        Run blocked = aRun("run-9", 0, NOW.plusMillis(9)).to(new WorkState.Starting(), "test", "test", NOW);
        store.insert(blocked);
        store.update(blocked.waiting(Optional.of(WAITING)));
        active.add(new ActiveWork(blocked.name(), new WorkState.Starting(), blocked.attempt(), WAITING));
        assertThat(active).hasSize(5);
        assertThat(store.active()).containsExactlyElementsOf(active);
    }

    @Test
    void runsOfFineTuneRunsAreFoundUntilTheyAreCancelledOrEnd() {
        List<WorkState> states = List.of(
                new WorkState.Queued(),
                new WorkState.Starting(),
                new WorkState.Running(),
                new WorkState.Cancelling(),
                new WorkState.Cancelled());
        for (int i = 0; i < states.size(); i++) {
            Run run = aRun("run-" + i, 0, NOW);
            Run asked = Run.requested(run.view().toBuilder().clearHistory().setFinetunerun("ns/object/" + i), NOW);
            store.insert(asked.to(states.get(i), "test", "test", NOW));
        }
        store.insert(aRun("run-9", 0, NOW));
        assertThat(store.activeByFineTuneRun())
                .containsOnly(
                        Map.entry("ns/object/0", "projects/p/trainingRuns/run-0"),
                        Map.entry("ns/object/1", "projects/p/trainingRuns/run-1"),
                        Map.entry("ns/object/2", "projects/p/trainingRuns/run-2"));
    }

    @Test
    void aRunIsMarkedUntilItsSupersededCheckpointsAreDeleted() {
        Run run = aRun("run-1", 0, NOW);
        store.insert(run);
        store.insert(aRun("run-2", 0, NOW));
        assertThat(store.withSuperseded(10)).isEmpty();
        store.markSuperseded(run.name());
        store.update(run);
        assertThat(ids(store.withSuperseded(10))).containsExactly("run-1");
        store.supersededDeleted(run.name());
        assertThat(store.withSuperseded(10)).isEmpty();
    }

    @Test
    void runsOfAProjectAreListedNewestFirst() {
        for (int i = 1; i <= 4; i++) {
            store.insert(aRun("run-" + i, 0, NOW.plusMillis(i)));
        }
        assertThat(ids(store.list("p", new Page(2, Optional.empty())))).containsExactly("run-4", "run-3", "run-2");
        assertThat(ids(store.list("p", new Page(2, Optional.of("run-3"))))).containsExactly("run-2", "run-1");
        assertThat(store.list("other", new Page(2, Optional.empty()))).isEmpty();
    }

    @Test
    void theWorkOfAProjectThatWaitsIsCounted() {
        WorkState[] states = {
            new WorkState.Queued(),
            new WorkState.Queued(),
            new WorkState.Held(WAITING),
            new WorkState.Starting(),
            new WorkState.Running(),
            new WorkState.Cancelled()
        };
        for (int i = 0; i < states.length; i++) {
            store.insert(aRun("run-" + i, 0, NOW).to(states[i], "test", "test", NOW));
        }
        assertThat(store.countWaiting("p")).isEqualTo(3);
        assertThat(store.countWaiting("other")).isZero();
    }

    static Run aRun(String id, int priority, Instant created) {
        TrainingConfig config = TrainingConfig.newBuilder()
                .setPriority(priority)
                .setSaveTotalLimit(2)
                .build();
        return Run.requested(
                "projects/p/trainingRuns/" + id,
                config,
                DatasetVersion.getDefaultInstance(),
                Base.getDefaultInstance(),
                created);
    }

    private static List<String> ids(List<Run> runs) {
        return runs.stream()
                .map(run -> run.name().substring(run.name().lastIndexOf('/') + 1))
                .toList();
    }
}
