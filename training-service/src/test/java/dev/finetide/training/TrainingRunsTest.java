package dev.finetide.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.auth.Identity;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.limit.Limit;
import dev.finetide.kit.limit.TestLimits;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.model.v1.ModelKind;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.training.v1.CreateTrainingRunRequest;
import dev.finetide.proto.training.v1.ListTrainingRunsRequest;
import dev.finetide.proto.training.v1.ListTrainingRunsResponse;
import dev.finetide.proto.training.v1.LoraConfig;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingEstimate;
import dev.finetide.proto.training.v1.TrainingOutput;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.training.v1.ValidationResult;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.worker.v1.Checkpoint;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerSpec;
import dev.finetide.proto.worker.v1.WorkerStarted;
import io.grpc.Context;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.LongStream;
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
        assertThat(ended.getOutput()).isEqualTo(worker.anOutput());
        assertThat(ended.getHistoryList())
                .extracting(change -> change.getState())
                .containsExactly(State.QUEUED, State.STARTING, State.RUNNING, State.SUCCEEDED);
        assertThat(stage.published.types())
                .containsExactly("TrainingRunRequested", "TrainingRunStarted", "TrainingRunSucceeded");
        assertThat(stage.runs.updatesAfter(run, 0))
                .extracting(TrainingRunUpdate::getSequence)
                .containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
    }

    private TrainingRun createdBy(String caller, Identity.Kind kind, String submitter) throws Exception {
        CreateTrainingRunRequest request =
                Stage.request(Stage.config().build()).setSubmitter(submitter).build();
        return new Identity(caller, "test", kind, Map.of())
                .in(Context.current())
                .call(() -> stage.runs.create(request));
    }

    @Test
    void aServiceCreatesARunForSomebodyAndAPersonForNobodyElse() throws Exception {
        assertThat(createdBy("alice", Identity.Kind.USER, "").getSubmitter()).isEqualTo("alice");
        assertThat(createdBy("alice", Identity.Kind.USER, "alice").getSubmitter())
                .isEqualTo("alice");
        assertThatThrownBy(() -> createdBy("alice", Identity.Kind.USER, "bob"))
                .isInstanceOfSatisfying(
                        ApiException.class, no -> assertThat(no.reason()).isEqualTo(ErrorReason.PERMISSION_DENIED))
                .hasMessage("submitter: only a service may create a run for somebody else");
        TrainingRun advised = createdBy("eval-service", Identity.Kind.SERVICE, "alice");
        assertThat(advised.getSubmitter()).isEqualTo("alice");
        assertThat(advised.getHistory(0).getActor()).isEqualTo("eval-service");
        assertThat(advised.getHistory(0).getCause()).isEqualTo("requested for alice");
    }

    @Test
    void anOutputThatDoesNotFitFailsTheRunAndSaysWhy() {
        outputFault(output -> output.clearFiles(), "expected files, got none");
        outputFault(output -> output.setDigest("0".repeat(64)), "digest");
        outputFault(output -> output.getFilesBuilder(0).setSha256("x"), "SHA-256");
        outputFault(output -> output.getFilesBuilder(0).setPath("../model"), "plain relative path");
        outputFault(output -> output.addFiles(output.getFiles(0)), "each path once");
        outputFault(output -> output.getFilesBuilder(0).setBlobKey("trainingRuns/default/other/x"), "below");
        outputFault(output -> output.getFilesBuilder(0).setSizeBytes(10), "expected 10 bytes in the store, found 7");
        outputFault(
                output ->
                        output.getFilesBuilder(0).setBlobKey(output.getFiles(0).getBlobKey() + "2"),
                "found no such blob");
    }

    private void outputFault(Consumer<TrainingOutput.Builder> fault, String told) {
        Stage.Worker worker = stage.aRunningRun();
        TrainingOutput.Builder output = worker.anOutput().toBuilder();
        fault.accept(output);
        worker.finished(output.build());
        TrainingRun failed = stage.runs.get(worker.run);
        assertThat(failed.getState()).as(told).isEqualTo(State.FAILED);
        assertThat(failed.getError().getMessage()).contains("the worker's output does not fit", told);
        assertThat(stage.published.types()).doesNotContain("TrainingRunSucceeded");
    }

    @Test
    void anOutputOfAnotherEpochIsNotTheRuns() {
        Stage.Worker first = stage.aRunningRun();
        TrainingOutput early = first.anOutput();
        Stage.Worker second = stage.worker(first.run);
        second.started();
        second.finished(early);
        assertThat(stage.runs.get(first.run).getError().getMessage()).contains("expected a blob below");
    }

    @Test
    void aCheckpointThatDoesNotFitIsNotResumedFrom() {
        Stage.Worker worker = stage.aRunningRun();
        worker.checkpoint(5);
        long updates = stage.runs.updatesAfter(worker.run, 0).size();
        Checkpoint outside = Checkpoint.newBuilder()
                .setStep(10)
                .setEpoch(worker.epoch)
                .addFiles(Stage.stored(stage.blobs, "trainingRuns/default/other/attempts/1/x", 3))
                .build();
        stage.runs.on(worker.next().setCheckpoint(outside).build());
        stage.runs.on(worker.next()
                .setCheckpoint(outside.toBuilder().clearFiles().setStep(15))
                .build());
        assertThat(stage.runs.updatesAfter(worker.run, 0)).hasSize((int) updates);
        assertThat(stage.claim(worker.run, 1).getResumeFrom().getStep()).isEqualTo(5);
        assertThat(stage.state(worker.run)).isEqualTo(State.RUNNING);
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
    void aProjectHasSoManyRunsThatWait() {
        stage.limits = TestLimits.of(Limit.QUEUED_RUNS, 2);
        stage.restart();
        CreateTrainingRunRequest first = Stage.request(Stage.config().build())
                .setRequestId("7d0f0e9c-4a3f-4a53-9a52-1f2f3a4b5c6d")
                .build();
        String run = stage.runs.create(first).getName();
        stage.aQueuedRun();
        int events = stage.published.types().size();
        assertThatThrownBy(stage::aQueuedRun)
                .hasMessage("projects/default has 2 runs that wait, and may have 2: try again when there are fewer");
        assertThat(stage.published.types()).hasSize(events);
        assertThat(stage.runs.create(first).getName())
                .as("a request that was answered")
                .isEqualTo(run);

        stage.runs.tick();
        assertThat(stage.state(run)).as("it waits no longer").isEqualTo(State.STARTING);
        stage.aQueuedRun();
        assertThatThrownBy(stage::aQueuedRun).isInstanceOf(ApiException.class);
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
        assertThat(stage.state(run)).isEqualTo(State.RUNNING);
        stage.runs.on(worker.next()
                .setTrainingFinished(TrainingOutput.getDefaultInstance())
                .build());
        assertThat(stage.state(run)).isEqualTo(State.SUCCEEDED);
        assertThat(stage.runs.get(run).hasOutput()).isFalse();
        assertThat(stage.runs.get(run).getEstimate().getSeconds()).isEqualTo(34);
        assertThat(stage.published.types()).contains("TrainingRunEstimated");
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
    void stepsOfOneReportAreSeenOneByOne() {
        Stage.Worker worker = stage.aRunningRun();
        worker.step(1);
        stage.runs.on(worker.next()
                .addEarlierSteps(TrainingProgress.newBuilder().setStep(2))
                .addEarlierSteps(TrainingProgress.newBuilder().setStep(3))
                .setStep(TrainingProgress.newBuilder().setStep(4))
                .build());
        worker.step(5);
        assertThat(stage.runs.get(worker.run).getProgress().getStep()).isEqualTo(5);
        List<TrainingRunUpdate> steps = stage.runs.updatesAfter(worker.run, 0).stream()
                .filter(TrainingRunUpdate::hasProgress)
                .toList();
        assertThat(steps).extracting(update -> update.getProgress().getStep()).containsExactly(1, 2, 3, 4, 5);
        assertThat(steps)
                .extracting(TrainingRunUpdate::getSequence)
                .isEqualTo(LongStream.range(0, 5)
                        .mapToObj(step -> steps.getFirst().getSequence() + step)
                        .toList());
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
        stage.cancel(first);
        stage.runs.tick();
        assertThat(stage.launcher.started().getLast().getTrain().getInitialAdapterList())
                .isEqualTo(stage.catalog.adapter.getFilesList());
        stage.catalog.adapter = stage.catalog.adapter.toBuilder()
                .setState(ModelVersion.State.REVOKED)
                .setBaseDigest("other")
                .setTemplateDigest("contract-b")
                .build();
        assertThatThrownBy(() -> stage.aQueuedRun(wanted))
                .hasMessageContaining("expected a version that was not rejected or revoked, got REVOKED")
                .hasMessageContaining("expected an adapter of projects/default/bases/tiny")
                .hasMessageContaining("template contract contract-a of projects/default/bases/tiny, got contract-b");
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
}
