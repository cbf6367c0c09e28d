package dev.finetide.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.model.v1.ModelKind;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.training.v1.CancelTrainingRunRequest;
import dev.finetide.proto.training.v1.ListTrainingRunsRequest;
import dev.finetide.proto.training.v1.ListTrainingRunsResponse;
import dev.finetide.proto.training.v1.LoraConfig;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingEstimate;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRun.State;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.training.v1.ValidationResult;
import dev.finetide.proto.worker.v1.Checkpoint;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerSpec;
import dev.finetide.proto.worker.v1.WorkerStarted;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class TrainingRunsTest {
    private final Stage stage = new Stage();

    @Test
    void aRunGoesFromRequestToSuccess() {
        // Given
        String run = stage.aQueuedRun();
        stage.runs.tick();
        Stage.Worker worker = stage.worker(run);
        worker.started();
        worker.step(1);
        worker.checkpoint(1);
        // When
        worker.finished();
        // Then
        TrainingRun ended = stage.runs.get(run);
        assertThat(ended.getState()).isEqualTo(State.SUCCEEDED);
        assertThat(ended.getOutput()).isEqualTo(Stage.anOutput());
        assertThat(ended.getHistoryList())
                .extracting(change -> change.getState())
                .containsExactly(State.QUEUED, State.STARTING, State.RUNNING, State.SUCCEEDED);
        assertThat(stage.published.types())
                .containsExactly("TrainingRunRequested", "TrainingRunStarted", "TrainingRunSucceeded");
        assertThat(stage.runs.updatesAfter(run, 0))
                .extracting(TrainingRunUpdate::getSequence)
                .containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
    }

    @Test
    void theWorkerIsToldEverythingItNeeds() {
        String run = stage.aStartingRun();
        WorkerSpec spec = stage.launcher.started().getFirst();
        assertThat(spec.getResource()).isEqualTo(run);
        assertThat(spec.getAttempt()).isEqualTo(1);
        assertThat(spec.getBlobPrefix())
                .isEqualTo("trainingRuns/default/" + run.substring(run.lastIndexOf('/') + 1) + "/");
        assertThat(spec.getTrain().getConfig()).isEqualTo(stage.runs.get(run).getConfig());
        assertThat(spec.getDatasetVersion().getName()).isEqualTo(FakeCatalog.DATASET + "3");
        assertThat(spec.getBase().getName()).isEqualTo(FakeCatalog.BASE);
    }

    @Test
    void everyEventSentTwiceChangesNothing() {
        Stage.Worker worker = stage.aRunningRun();
        List<WorkerEvent> events = List.of(worker.step(1), worker.checkpoint(1), worker.step(2), worker.finished());
        int updates = stage.runs.updatesAfter(worker.run, 0).size();
        events.forEach(stage.runs::on);
        assertThat(stage.runs.updatesAfter(worker.run, 0)).hasSize(updates);
        assertThat(stage.published.types()).containsOnlyOnce("TrainingRunSucceeded");
    }

    @Test
    void aStaleEpochIsRefused() {
        Stage.Worker first = stage.aRunningRun();
        Stage.Worker second = stage.worker(first.run);
        first.finished();
        assertThat(stage.state(first.run)).isEqualTo(State.RUNNING);
        second.finished();
        assertThat(stage.state(first.run)).isEqualTo(State.SUCCEEDED);
    }

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
        // The next attempt went back to step 100: the torn one is forgotten.
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
    void theRunShowsWhatTheWorkerFoundBeforeItsFirstStep() {
        Stage.Worker worker = stage.worker(stage.aStartingRun());
        stage.runs.on(worker.next()
                .setStarted(WorkerStarted.newBuilder()
                        .setDevice("cpu (2 threads)")
                        .setResumedFromStep(50)
                        .addRefusedCheckpoints("step 100: optimizer: SHA-256 differs")
                        .setTrainRows(900)
                        .setValidationRows(100)
                        .setEstimate(TrainingEstimate.newBuilder().setSeconds(34)))
                .build());
        TrainingRun run = stage.runs.get(worker.run);
        assertThat(run.getEstimate().getSeconds()).isEqualTo(34);
        assertThat(run.getTrainRows()).isEqualTo(900);
        assertThat(run.getValidationRows()).isEqualTo(100);
        assertThat(run.getHistory(run.getHistoryCount() - 1).getCause())
                .isEqualTo("attempt 1 runs on cpu (2 threads), from step 50; not used: step 100: optimizer: SHA-256"
                        + " differs");
    }

    @Test
    void aDryRunEndsWithItsEstimateAndNoResult() {
        String run = stage.aQueuedRun(Stage.config().setDryRun(true).build());
        stage.runs.tick();
        Stage.Worker worker = stage.worker(run);
        stage.runs.on(worker.next()
                .setStarted(WorkerStarted.newBuilder()
                        .setEstimate(TrainingEstimate.newBuilder().setSeconds(34)))
                .build());
        assertThat(stage.state(run)).isEqualTo(State.CANCELLING);
        worker.stopped();
        assertThat(stage.state(run)).isEqualTo(State.CANCELLED);
        assertThat(stage.runs.get(run).getEstimate().getSeconds()).isEqualTo(34);
        assertThat(stage.published.types()).doesNotContain("TrainingRunSucceeded");
    }

    @Test
    void evaluationsOnHeldOutRowsAreSeenAndStay() {
        Stage.Worker worker = stage.aRunningRun();
        worker.step(1);
        stage.runs.on(worker.next()
                .setValidation(ValidationResult.newBuilder().setStep(1).setLoss(0.5))
                .build());
        worker.step(2);
        assertThat(stage.runs.get(worker.run).getProgress().getStep()).isEqualTo(2);
        assertThat(stage.runs.get(worker.run).getProgress().getValidation().getLoss())
                .isEqualTo(0.5);
        assertThat(stage.runs.updatesAfter(worker.run, 0))
                .filteredOn(TrainingRunUpdate::hasValidation)
                .singleElement()
                .satisfies(
                        update -> assertThat(update.getValidation().getStep()).isEqualTo(1));
    }

    @Test
    void trainingGoesOnWithAnAdapterOfTheSameBase() {
        String first = stage.aQueuedRun(Stage.config()
                .setLora(LoraConfig.newBuilder().setRank(4).addTargetModules("q_proj"))
                .build());
        stage.catalog.adapter = ModelVersion.newBuilder()
                .setName("projects/default/models/tickets/versions/1")
                .setKind(ModelKind.ADAPTER)
                .setState(ModelVersion.State.APPROVED)
                .setTrainingRun(first)
                .addFiles(BlobFile.newBuilder().setPath("adapter_model.safetensors"))
                .build();
        TrainingConfig wanted = Stage.config()
                .setFromModelVersion(stage.catalog.adapter.getName())
                .build();
        String second = stage.aQueuedRun(wanted);
        assertThat(stage.runs.get(second).getConfig().getLora())
                .isEqualTo(stage.runs.get(first).getConfig().getLora());
        cancel(first);
        stage.runs.tick();
        assertThat(stage.launcher.started().getLast().getTrain().getInitialAdapterList())
                .isEqualTo(stage.catalog.adapter.getFilesList());
        stage.catalog.adapter = stage.catalog.adapter.toBuilder()
                .setState(ModelVersion.State.REVOKED)
                .setBaseDigest("other")
                .build();
        assertThatThrownBy(() -> stage.aQueuedRun(wanted))
                .hasMessageContaining("expected a version that was not rejected or revoked, got REVOKED")
                .hasMessageContaining("expected an adapter of projects/default/bases/tiny");
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
        stage.brokerSince = Optional.empty();
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
        assertThat(stage.runs.get(run).getError().getReason()).isEqualTo("WORKER_LOST");
        assertThat(stage.published.types()).containsOnlyOnce("TrainingRunFailed");
    }

    @Test
    void aReportThatComesAfterTheExitStillCounts() {
        Stage.Worker worker = stage.aRunningRun();
        stage.launcher.exit(worker.run, 1, 65);
        stage.tickFor(2);
        worker.failed("INVALID_DATA", false);
        stage.tickFor(5);
        assertThat(stage.runs.get(worker.run).getError().getMessage()).isEqualTo("it went wrong");
    }

    @Test
    void anExitThatARetryCannotCureFailsTheRun() {
        String run = stage.aStartingRun();
        stage.launcher.exit(run, 1, 66);
        stage.tickFor(4);
        assertThat(stage.runs.get(run).getError().getReason()).isEqualTo("MISSING_INPUT");
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
        worker.failed("OUT_OF_MEMORY", true);
        assertThat(stage.state(worker.run)).isEqualTo(State.QUEUED);
    }

    @Test
    void aQueuedRunIsCancelledAtOnce() {
        String run = stage.aQueuedRun();
        cancel(run);
        stage.runs.tick();
        assertThat(stage.state(run)).isEqualTo(State.CANCELLED);
        assertThat(stage.launcher.started()).isEmpty();
    }

    @Test
    void aRunningRunIsCancelledWhenItsWorkerHasEnded() {
        Stage.Worker worker = stage.aRunningRun();
        cancel(worker.run);
        assertThat(stage.state(worker.run)).isEqualTo(State.CANCELLING);
        stage.runs.tick();
        assertThat(stage.launcher.stopped()).containsExactly(worker.run + "#1");
        worker.stopped();
        assertThat(stage.state(worker.run)).isEqualTo(State.CANCELLED);
    }

    @Test
    void aResultThatCrossesTheCancelDoesNotCount() {
        Stage.Worker worker = stage.aRunningRun();
        cancel(worker.run);
        worker.finished();
        assertThat(stage.state(worker.run)).isEqualTo(State.CANCELLED);
        assertThat(stage.published.types()).doesNotContain("TrainingRunSucceeded");
    }

    @Test
    void aCancelEndsWithTheExitOrTheSilenceOfTheWorker() {
        Stage.Worker exits = stage.aRunningRun();
        cancel(exits.run);
        stage.launcher.exit(exits.run, 1, 0);
        stage.tickFor(1);
        assertThat(stage.state(exits.run)).isEqualTo(State.CANCELLED);
        Stage.Worker silent = stage.aRunningRun();
        cancel(silent.run);
        stage.tickFor(32);
        assertThat(stage.state(silent.run)).isEqualTo(State.CANCELLED);
    }

    @Test
    void aCancelledAttemptCannotBeClaimed() {
        String run = stage.aStartingRun();
        cancel(run);
        assertThatThrownBy(() -> stage.claim(run, 1))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("CANCELLING");
    }

    @Test
    void anEndedRunCannotBeCancelledButACancelledOneAgain() {
        Stage.Worker worker = stage.aRunningRun();
        worker.finished();
        assertThatThrownBy(() -> cancel(worker.run))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.reason()).isEqualTo(ErrorReason.ILLEGAL_STATE));
        String other = stage.aQueuedRun();
        cancel(other);
        cancel(other);
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
    void oneRunAtATimeByPriorityThenByAge() {
        String first = stage.aStartingRun();
        String second = stage.aQueuedRun();
        String urgent = stage.aQueuedRun(Stage.config().setPriority(5).build());
        stage.runs.tick();
        assertThat(stage.launcher.started()).extracting(WorkerSpec::getResource).containsExactly(first);
        stage.worker(first).finished();
        stage.runs.tick();
        stage.worker(urgent).finished();
        stage.runs.tick();
        assertThat(stage.launcher.started()).extracting(WorkerSpec::getResource).containsExactly(first, urgent, second);
    }

    @Test
    void aCrashBetweenCommitAndLaunchIsMadeUpForAfterTheRestart() {
        String run = stage.aQueuedRun();
        stage.store.transact(() -> {
            Run queued = stage.store.lock(run).orElseThrow();
            Run launched = queued.with(queued.attempt().launched(stage.clock.instant()));
            stage.store.update(
                    launched.to(new RunState.Starting(), "launched", "training-service", stage.clock.instant()));
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
    void aCancelSurvivesARestart() {
        Stage.Worker worker = stage.aRunningRun();
        cancel(worker.run);
        stage.launcher.exitUnseen(worker.run, 1);
        stage.restart();
        stage.tickFor(2);
        assertThat(stage.state(worker.run)).isEqualTo(State.CANCELLED);
    }

    @Test
    void theSameRequestIsAnsweredByTheSameRun() {
        String id = UUID.randomUUID().toString();
        TrainingRun first = stage.runs.create(
                Stage.request(Stage.config().build()).setRequestId(id).build());
        TrainingRun again = stage.runs.create(
                Stage.request(Stage.config().build()).setRequestId(id).build());
        assertThat(again).isEqualTo(first);
        assertThat(stage.published.types()).containsExactly("TrainingRunRequested");
        assertThatThrownBy(() -> stage.runs.create(
                        Stage.request(Stage.config().setEpochs(9).build())
                                .setRequestId(id)
                                .build()))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.reason()).isEqualTo(ErrorReason.RESOURCE_EXISTS));
    }

    @Test
    void runsAreListedNewestFirstInPages() {
        String first = stage.aQueuedRun();
        String second = stage.aQueuedRun();
        String third = stage.aQueuedRun();
        ListTrainingRunsRequest.Builder request = ListTrainingRunsRequest.newBuilder()
                .setParent("projects/default")
                .setPageSize(2);
        ListTrainingRunsResponse page = stage.runs.list(request.build());
        assertThat(page.getTrainingRunsList()).extracting(TrainingRun::getName).containsExactly(third, second);
        ListTrainingRunsResponse last =
                stage.runs.list(request.setPageToken(page.getNextPageToken()).build());
        assertThat(last.getTrainingRunsList()).extracting(TrainingRun::getName).containsExactly(first);
        assertThat(last.getNextPageToken()).isEmpty();
    }

    @Test
    void linksAreAddedAndChangeNoState() {
        Stage.Worker worker = stage.aRunningRun();
        worker.finished();
        stage.runs.linkEvaluation(worker.run, "projects/default/evaluations/e");
        stage.runs.linkModelVersion(worker.run, "projects/default/models/m/versions/1");
        TrainingRun run = stage.runs.get(worker.run);
        assertThat(run.getEvaluation()).isEqualTo("projects/default/evaluations/e");
        assertThat(run.getModelVersion()).isEqualTo("projects/default/models/m/versions/1");
        assertThat(run.getState()).isEqualTo(State.SUCCEEDED);
        assertThat(run.getHistoryCount()).isEqualTo(4);
    }

    @Test
    void theLogHoldsEveryAttempt() {
        Stage.Worker worker = stage.aRunningRun();
        worker.stopped();
        stage.runs.tick();
        RunLog log = new RunLog(stage.runs, stage.runs.get(worker.run));
        StringBuilder text = new StringBuilder();
        log.forEachRemaining(chunk -> text.append(chunk.getAttempt())
                .append(": ")
                .append(chunk.getData().toString(StandardCharsets.UTF_8)));
        assertThat(text.toString()).isEqualTo("1: log of attempt 1\n2: log of attempt 2\n");
    }

    @Test
    void aReportOfAnotherServiceOrAnUnknownRunIsLeftAlone() {
        stage.runs.on(WorkerEvent.newBuilder()
                .setResource("projects/default/evaluations/run-1")
                .build());
        stage.runs.on(WorkerEvent.newBuilder()
                .setResource("projects/default/trainingRuns/run-none")
                .build());
        assertThat(stage.published.published()).isEmpty();
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

    private void cancel(String run) {
        stage.runs.cancel(CancelTrainingRunRequest.newBuilder().setName(run).build());
    }
}
