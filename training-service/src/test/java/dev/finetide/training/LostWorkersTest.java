package dev.finetide.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.work.WorkState;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.proto.worker.v1.Checkpoint;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.proto.worker.v1.WorkerSpec;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// Tests workers that end, fall silent or start slowly, and a service that was away meanwhile.
class LostWorkersTest {
    private final Stage stage = new Stage();

    @Test
    void theWriterOfALostAttemptIsShutOutBeforeTheNextHasClaimed() {
        Stage.Worker first = stage.aRunningRun();
        stage.tickFor(32);
        assertThat(stage.runs.get(first.run).getAttempt()).isEqualTo(2);
        first.finished();
        assertThat(stage.state(first.run)).isEqualTo(State.STARTING);
        assertThatThrownBy(() -> stage.claim(first.run, 1)).isInstanceOfSatisfying(ApiException.class, refused -> {
            assertThat(refused.reason()).isEqualTo(ErrorReason.STALE_ATTEMPT);
            assertThat(refused.metadata()).containsEntry("current_attempt", "2");
        });
    }

    @Test
    void aLostWorkerIsFollowedByOneThatResumes() {
        Stage.Worker first = stage.aRunningRun();
        first.checkpoint(50);
        stage.tickFor(32);
        assertThat(stage.launcher.stopped()).containsExactly(first.run + "#1");
        assertThat(stage.claim(first.run, 2).getResumeFrom().getStep()).isEqualTo(50);
        assertThat(stage.published.types()).contains("TrainingRunRequeued");
    }

    @Test
    void theCheckpointsBeforeTheLastAreThereForWhenItIsTorn() {
        Stage.Worker first = stage.aRunningRun();
        first.checkpoint(50);
        first.checkpoint(100);
        first.checkpoint(150);
        stage.tickFor(32);
        ClaimAttemptResponse claim = stage.claim(first.run, 2);
        assertThat(claim.getResumeFrom().getStep()).isEqualTo(150);
        assertThat(claim.getEarlierCheckpointsList())
                .extracting(Checkpoint::getStep)
                .containsExactly(100);
        // The next attempt went back to step 100: the torn checkpoint is forgotten.
        Stage.Worker second = stage.worker(first.run);
        second.started();
        second.checkpoint(150);
        ClaimAttemptResponse next = stage.claim(first.run, 2);
        assertThat(next.getResumeFrom().getEpoch()).isEqualTo(second.epoch);
        assertThat(next.getEarlierCheckpointsList())
                .extracting(Checkpoint::getStep)
                .containsExactly(100);
    }

    @Test
    void aWorkerThatStartsSlowlyIsWaitedFor() {
        String run = stage.aStartingRun();
        stage.tickFor(300);
        stage.worker(run).finished();
        assertThat(stage.state(run)).isEqualTo(State.SUCCEEDED);
        assertThat(stage.launcher.started()).hasSize(1);
    }

    @Test
    void aHeartbeatKeepsAWorkerAlive() {
        Stage.Worker worker = stage.aRunningRun();
        stage.tickFor(25);
        worker.heartbeat();
        stage.tickFor(25);
        assertThat(stage.runs.get(worker.run).getAttempt()).isEqualTo(1);
    }

    @Test
    void nobodyIsLostWhileTheBrokerIsAway() {
        Stage.Worker worker = stage.aRunningRun();
        stage.reception.breakOff();
        stage.tickFor(300);
        assertThat(stage.state(worker.run)).isEqualTo(State.RUNNING);
    }

    @Test
    void aRunFailsWhenItsAttemptsAreUsedUp() {
        String run = stage.aQueuedRun(Stage.config().setMaxAttempts(2).build());
        stage.runs.tick();
        stage.launcher.exit(run, 1, 137);
        stage.tickFor(5);
        assertThat(stage.runs.get(run).getAttempt()).isEqualTo(2);
        stage.launcher.exit(run, 2, 137);
        stage.tickFor(5);
        assertThat(stage.state(run)).isEqualTo(State.FAILED);
        assertThat(stage.runs.get(run).getError().getReason()).isEqualTo(WorkReason.WORKER_LOST);
        assertThat(stage.published.types()).containsOnlyOnce("TrainingRunFailed");
    }

    @Test
    void aReportThatComesAfterTheExitStillCounts() {
        Stage.Worker worker = stage.aRunningRun();
        stage.launcher.exit(worker.run, 1, 65);
        stage.tickFor(2);
        worker.failed(WorkReason.INVALID_DATA, false);
        stage.tickFor(5);
        assertThat(stage.runs.get(worker.run).getError().getMessage()).isEqualTo("it went wrong");
    }

    @Test
    void anExitThatARetryCannotCureFailsTheRun() {
        String run = stage.aStartingRun();
        stage.launcher.exit(run, 1, 66);
        stage.tickFor(4);
        assertThat(stage.runs.get(run).getError().getReason()).isEqualTo(WorkReason.MISSING_INPUT);
    }

    @Test
    void aStoppedWorkerCostsNoAttempt() {
        String run = stage.aQueuedRun(Stage.config().setMaxAttempts(1).build());
        for (int attempt = 1; attempt <= 4; attempt++) {
            stage.runs.tick();
            assertThat(stage.runs.get(run).getAttempt()).isEqualTo(attempt);
            stage.worker(run).stopped();
            assertThat(stage.state(run)).isEqualTo(State.QUEUED);
        }
    }

    @Test
    void aRetryableFailureIsTriedAgain() {
        Stage.Worker worker = stage.aRunningRun();
        worker.failed(WorkReason.OUT_OF_MEMORY, true);
        assertThat(stage.state(worker.run)).isEqualTo(State.QUEUED);
    }

    @Test
    void aCrashBetweenCommitAndLaunchIsMadeUpForAfterTheRestart() {
        String run = stage.aQueuedRun();
        stage.store.transact(() -> {
            Run queued = stage.store.lock(run).orElseThrow();
            Run launched = queued.with(queued.attempt().launched());
            stage.store.update(
                    launched.to(new WorkState.Starting(), "launched", "training-service", stage.clock.instant()));
            return null;
        });
        stage.restart();
        stage.runs.tick();
        assertThat(stage.launcher.started()).extracting(WorkerSpec::getResource).containsExactly(run);
        assertThat(stage.runs.get(run).getAttempt()).isEqualTo(1);
    }

    @Test
    void aRestartedServiceAdoptsItsWorker() {
        Stage.Worker worker = stage.aRunningRun();
        stage.restart();
        stage.tickFor(20);
        worker.finished();
        assertThat(stage.launcher.started()).hasSize(1);
        assertThat(stage.state(worker.run)).isEqualTo(State.SUCCEEDED);
    }

    @Test
    void aWorkerThatEndedWhileTheServiceWasDownGetsTimeForItsReport() {
        Stage.Worker worker = stage.aRunningRun();
        stage.launcher.exitUnseen(worker.run, 1);
        stage.restart();
        stage.tickFor(10);
        assertThat(stage.state(worker.run)).isEqualTo(State.RUNNING);
        stage.tickFor(10);
        assertThat(stage.runs.get(worker.run).getAttempt()).isEqualTo(2);
    }

    @Test
    void aWorkerThatDiesWhileTheServiceLooksAwayForALongTimeIsStillRetried() {
        Stage.Worker worker = stage.aRunningRun();
        stage.clock.advance(Duration.ofMinutes(10));
        stage.runs.tick();
        assertThat(stage.state(worker.run)).isEqualTo(State.RUNNING);
        stage.tickFor(31);
        assertThat(stage.runs.get(worker.run).getAttempt()).isEqualTo(2);
    }
}
