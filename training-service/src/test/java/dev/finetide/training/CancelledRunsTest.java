package dev.finetide.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.training.v1.CancelTrainingRunRequest;
import dev.finetide.proto.work.v1.State;
import org.junit.jupiter.api.Test;

class CancelledRunsTest {
    private final Stage stage = new Stage();

    @Test
    void aQueuedRunIsCancelledAtOnce() {
        String run = stage.aQueuedRun();
        stage.cancel(run);
        stage.runs.tick();
        assertThat(stage.state(run)).isEqualTo(State.CANCELLED);
        assertThat(stage.launcher.started()).isEmpty();
    }

    @Test
    void aRunningRunIsCancelledWhenItsWorkerHasEnded() {
        Stage.Worker worker = stage.aRunningRun();
        stage.cancel(worker.run);
        assertThat(stage.state(worker.run)).isEqualTo(State.CANCELLING);
        stage.runs.tick();
        assertThat(stage.launcher.stopped()).containsExactly(worker.run + "#1");
        worker.stopped();
        assertThat(stage.state(worker.run)).isEqualTo(State.CANCELLED);
    }

    @Test
    void aResultThatCrossesTheCancelDoesNotCount() {
        Stage.Worker worker = stage.aRunningRun();
        stage.cancel(worker.run);
        worker.finished();
        assertThat(stage.state(worker.run)).isEqualTo(State.CANCELLED);
        assertThat(stage.published.types()).doesNotContain("TrainingRunSucceeded");
    }

    @Test
    void aCancelEndsWithTheExitOrTheSilenceOfTheWorker() {
        Stage.Worker exits = stage.aRunningRun();
        stage.cancel(exits.run);
        stage.launcher.exit(exits.run, 1, 0);
        stage.tickFor(1);
        assertThat(stage.state(exits.run)).isEqualTo(State.CANCELLED);
        Stage.Worker silent = stage.aRunningRun();
        stage.cancel(silent.run);
        stage.tickFor(32);
        assertThat(stage.state(silent.run)).isEqualTo(State.CANCELLED);
    }

    @Test
    void aCancelledAttemptCannotBeClaimed() {
        String run = stage.aStartingRun();
        stage.cancel(run);
        assertThatThrownBy(() -> stage.claim(run, 1))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("CANCELLING");
    }

    @Test
    void anEndedRunCannotBeCancelledButACancelledOneAgain() {
        Stage.Worker worker = stage.aRunningRun();
        worker.finished();
        assertThatThrownBy(() -> stage.cancel(worker.run))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.reason()).isEqualTo(ErrorReason.ILLEGAL_STATE));
        String other = stage.aQueuedRun();
        stage.cancel(other);
        stage.cancel(other);
        assertThat(stage.state(other)).isEqualTo(State.CANCELLED);
    }

    @Test
    void aStaleEtagIsRefused() {
        String run = stage.aQueuedRun();
        String etag = stage.runs.get(run).getEtag();
        stage.runs.tick();
        assertThatThrownBy(() -> stage.runs.cancel(CancelTrainingRunRequest.newBuilder()
                        .setName(run)
                        .setEtag(etag)
                        .build()))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.reason()).isEqualTo(ErrorReason.ETAG_MISMATCH));
    }

    @Test
    void aCancelSurvivesARestart() {
        Stage.Worker worker = stage.aRunningRun();
        stage.cancel(worker.run);
        stage.launcher.exitUnseen(worker.run, 1);
        stage.restart();
        stage.tickFor(2);
        assertThat(stage.state(worker.run)).isEqualTo(State.CANCELLED);
    }
}
