package dev.finetide.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.kit.launch.WorkerLauncher.ExitCause;
import dev.finetide.kit.launch.WorkerLauncher.Remedy;
import dev.finetide.kit.launch.WorkerLauncher.WorkerStatus;
import dev.finetide.proto.training.v1.TrainingEstimate;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.StateChange;
import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.proto.worker.v1.WorkerStarted;
import org.junit.jupiter.api.Test;

/// Tests runs whose workers a cluster queues, blocks and takes away.
class ClusterRunsTest {
    private static final int AN_HOUR = 3600;
    private final Stage stage = new Stage();

    @Test
    void aRunInTheClustersQueueIsQueuedHoweverLongAndShowsItsPlace() {
        // Given
        String run = stage.aStartingRun();
        stand(run, queued(3));
        stage.tickFor(AN_HOUR);
        TrainingRun held = stage.runs.get(run);
        assertThat(held.getState()).isEqualTo(State.QUEUED);
        assertThat(held.getAttempt()).isEqualTo(1);
        assertThat(held.getWaiting().getPlace()).isEqualTo(3);
        stand(run, queued(1));
        assertThat(stage.runs.get(run).getWaiting().getPlace()).isEqualTo(1);
        // When
        stand(
                run,
                new WorkerStatus(
                        WorkerStatus.Kind.RUNNING, 0, WorkReason.WORK_REASON_UNSPECIFIED, "pod x on node gpu-0"));
        stage.tickFor(1);
        // Then it has its whole time to start
        stage.tickFor(500);
        assertThat(stage.state(run)).isEqualTo(State.STARTING);
        assertThat(stage.runs.get(run).hasWaiting()).isFalse();
        Stage.Worker worker = stage.worker(run);
        worker.started();
        worker.finished();
        assertThat(stage.runs.get(run).getHistoryList())
                .extracting(StateChange::getState)
                .containsExactly(
                        State.QUEUED, State.STARTING, State.QUEUED, State.STARTING, State.RUNNING, State.SUCCEEDED);
    }

    @Test
    void aHeldRunIsStillHeldAfterItsServiceWasRestarted() {
        String run = stage.aStartingRun();
        stand(run, queued(2));
        stage.tickFor(AN_HOUR);
        stand(run, null);
        stage.restart();

        stage.tickFor(AN_HOUR);

        assertThat(stage.state(run)).isEqualTo(State.QUEUED);
        assertThat(stage.launcher.started()).hasSize(1);
    }

    @Test
    void aHeldRunThatReportsRuns() {
        String run = stage.aStartingRun();
        stand(run, queued(1));
        stage.tickFor(1);

        stage.worker(run).started();

        assertThat(stage.state(run)).isEqualTo(State.RUNNING);
    }

    @Test
    void onceItsWorkerHasClaimedTheClustersWordCountsNoMore() {
        String run = stage.aStartingRun();
        stage.worker(run);

        stand(run, queued(1));
        stage.tickFor(2);

        assertThat(stage.state(run)).isEqualTo(State.STARTING);
        assertThat(stage.runs.get(run).hasWaiting()).isFalse();
    }

    @Test
    void aHeldRunCanBeCancelled() {
        String run = stage.aStartingRun();
        stand(run, queued(1));
        stage.tickFor(1);
        stage.cancel(run);
        stage.tickFor(1);
        stage.launcher.exit(run, 1, 143);
        stage.tickFor(1);

        assertThat(stage.state(run)).isEqualTo(State.CANCELLED);
        assertThat(stage.runs.get(run).hasWaiting()).isFalse();
    }

    @Test
    void whatKeepsAWorkerFromStartingIsSaidAtOnceAndFailsTheRunInTheEnd() {
        // Given
        String run = stage.aStartingRun();
        stand(run, new WorkerStatus(WorkerStatus.Kind.BLOCKED, 0, WorkReason.IMAGE_PULL, "image x: ErrImagePull"));
        stage.tickFor(1);
        assertThat(stage.state(run)).isEqualTo(State.STARTING);
        assertThat(stage.runs.get(run).getWaiting().getReason()).isEqualTo(WorkReason.IMAGE_PULL);
        // When
        stage.tickFor(600);
        // Then
        TrainingRun failed = stage.runs.get(run);
        assertThat(failed.getState()).isEqualTo(State.FAILED);
        assertThat(failed.getError().getReason()).isEqualTo(WorkReason.IMAGE_PULL);
        assertThat(failed.getError().getMessage()).contains("image x: ErrImagePull");
        assertThat(failed.getAttempt()).isEqualTo(1);
    }

    @Test
    void disruptionsAreNotCounted() {
        String run = stage.aStartingRun();
        for (int attempt = 1; attempt <= 10; attempt++) {
            stage.launcher.exit(
                    run, attempt, new ExitCause(Remedy.RETRY_UNCOUNTED, WorkReason.EVICTED, "Preempted: by another"));
            stage.tickFor(1);
        }

        TrainingRun again = stage.runs.get(run);
        assertThat(again.getState()).isEqualTo(State.STARTING);
        assertThat(again.getAttempt()).isEqualTo(11);
        assertThat(again.getHistory(2).getCause()).isEqualTo("Preempted: by another");
    }

    @Test
    void aLostNodeIsNamedAndCostsNoAttempt() {
        Stage.Worker worker = stage.aRunningRun();
        stand(
                worker.run,
                new WorkerStatus(WorkerStatus.Kind.LOST, 0, WorkReason.NODE_LOST, "node gpu-0 does not answer"));

        stage.tickFor(32);

        TrainingRun again = stage.runs.get(worker.run);
        assertThat(again.getAttempt()).isEqualTo(2);
        assertThat(again.getHistoryList().stream().map(StateChange::getCause))
                .anyMatch(cause -> cause.contains("node gpu-0 does not answer"));
        assertThat(stage.store.find(worker.run).orElseThrow().attempt().losses())
                .isZero();
    }

    @Test
    void aCancelDoesNotWaitForANodeThatIsLost() {
        Stage.Worker worker = stage.aRunningRun();
        stage.cancel(worker.run);
        stage.tickFor(1);
        assertThat(stage.state(worker.run)).isEqualTo(State.CANCELLING);

        stand(
                worker.run,
                new WorkerStatus(WorkerStatus.Kind.LOST, 0, WorkReason.NODE_LOST, "node gpu-0 does not answer"));
        stage.tickFor(1);

        assertThat(stage.state(worker.run)).isEqualTo(State.CANCELLED);
    }

    @Test
    void killedForMemoryTellsWhatTheWorkerHadExpected() {
        String run = stage.aStartingRun();
        Stage.Worker worker = stage.worker(run);
        stage.runs.on(worker.next()
                .setStarted(WorkerStarted.newBuilder()
                        .setEstimate(TrainingEstimate.newBuilder().setPeakMemoryBytes(40L << 30)))
                .build());
        stage.launcher.exit(
                run, 1, new ExitCause(Remedy.NONE, WorkReason.OUT_OF_MEMORY, "the limit of its pod is 32Gi"));

        stage.tickFor(5);

        assertThat(stage.runs.get(run).getError().getMessage())
                .isEqualTo("the limit of its pod is 32Gi; the worker expected to need 40.0 GiB");
    }

    private static WorkerStatus queued(int place) {
        return new WorkerStatus(
                WorkerStatus.Kind.QUEUED, place, WorkReason.WORK_REASON_UNSPECIFIED, "insufficient unused quota");
    }

    private void stand(String run, WorkerStatus status) {
        stage.launcher.stand(run, 1, status);
    }
}
