package dev.finetide.eval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.kit.launch.WorkerLauncher.WorkerStatus;
import dev.finetide.proto.evaluation.v1.CancelEvaluationRequest;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.StateChange;
import dev.finetide.proto.work.v1.WorkReason;
import org.junit.jupiter.api.Test;

/// Tests evaluations whose workers a cluster queues and blocks.
class ClusterEvaluationsTest {
    private static final int AN_HOUR = 3600;
    private final Stage stage = new Stage();

    @Test
    void anEvaluationInTheClustersQueueIsQueuedHoweverLongAndShowsItsPlace() {
        // Given
        String evaluation = stage.aRunningEvaluation();
        stand(evaluation, queued(2));
        stage.tickFor(AN_HOUR);
        Evaluation held = stage.evaluations.get(evaluation);
        assertThat(held.getState()).isEqualTo(State.QUEUED);
        assertThat(held.getAttempt()).isEqualTo(1);
        assertThat(held.getWaiting().getPlace()).isEqualTo(2);
        stand(evaluation, queued(1));
        assertThat(stage.evaluations.get(evaluation).getWaiting().getPlace()).isEqualTo(1);
        // When
        stand(
                evaluation,
                new WorkerStatus(
                        WorkerStatus.Kind.RUNNING, 0, WorkReason.WORK_REASON_UNSPECIFIED, "pod x on node gpu-0"));
        stage.tickFor(500);
        // Then
        assertThat(stage.state(evaluation)).isEqualTo(State.RUNNING);
        assertThat(stage.evaluations.get(evaluation).hasWaiting()).isFalse();
        assertThat(stage.evaluations.get(evaluation).getHistoryList())
                .extracting(StateChange::getState)
                .containsExactly(State.QUEUED, State.RUNNING, State.QUEUED, State.RUNNING);
        assertThat(stage.launcher.started()).hasSize(1);
    }

    @Test
    void aHeldEvaluationIsStillHeldAfterItsServiceWasRestarted() {
        String evaluation = stage.aRunningEvaluation();
        stand(evaluation, queued(2));
        stage.tickFor(2);
        stand(evaluation, null);
        stage.restart();

        stage.tickFor(AN_HOUR);

        assertThat(stage.state(evaluation)).isEqualTo(State.QUEUED);
        assertThat(stage.launcher.started()).hasSize(1);
    }

    @Test
    void whatTheWorkerOfAHeldEvaluationSaysCounts() {
        String evaluation = stage.aRunningEvaluation();
        stand(evaluation, queued(1));
        stage.tickFor(1);

        stage.worker(evaluation).heartbeat();
        stage.tickFor(1);

        assertThat(stage.state(evaluation)).isEqualTo(State.RUNNING);
    }

    @Test
    void aHeldEvaluationCanBeCancelled() {
        String evaluation = stage.aRunningEvaluation();
        stand(evaluation, queued(1));
        stage.tickFor(1);

        stage.evaluations.cancel(
                CancelEvaluationRequest.newBuilder().setName(evaluation).build());

        assertThat(stage.state(evaluation)).isEqualTo(State.CANCELLED);
        assertThat(stage.evaluations.get(evaluation).hasWaiting()).isFalse();
        assertThat(stage.launcher.stopped()).containsExactly(evaluation + "#1");
    }

    @Test
    void whatKeepsAWorkerFromStartingIsSaidAtOnceAndFailsTheEvaluationInTheEnd() {
        String evaluation = stage.aRunningEvaluation();
        stand(
                evaluation,
                new WorkerStatus(WorkerStatus.Kind.BLOCKED, 0, WorkReason.IMAGE_PULL, "image x: ErrImagePull"));
        stage.tickFor(1);
        assertThat(stage.evaluations.get(evaluation).getWaiting().getReason()).isEqualTo(WorkReason.IMAGE_PULL);

        stage.tickFor(600);

        assertThat(stage.state(evaluation)).isEqualTo(State.FAILED);
        assertThat(stage.evaluations.get(evaluation).getError().getReason()).isEqualTo(WorkReason.IMAGE_PULL);
    }

    private static WorkerStatus queued(int place) {
        return new WorkerStatus(
                WorkerStatus.Kind.QUEUED, place, WorkReason.WORK_REASON_UNSPECIFIED, "insufficient unused quota");
    }

    private void stand(String evaluation, WorkerStatus status) {
        stage.launcher.stand(evaluation, 1, status);
    }
}
