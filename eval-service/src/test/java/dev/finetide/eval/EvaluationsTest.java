package dev.finetide.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.auth.Identity;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.event.Topics;
import dev.finetide.proto.auth.v1.Role;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.ArmPreparation;
import dev.finetide.proto.evaluation.v1.ArmReport;
import dev.finetide.proto.evaluation.v1.CancelEvaluationRequest;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationResult;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleChoice;
import dev.finetide.proto.evaluation.v1.Examples;
import dev.finetide.proto.evaluation.v1.ListEvaluationsRequest;
import dev.finetide.proto.evaluation.v1.Path;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.proto.evaluation.v1.Retrieval;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerSpec;
import io.grpc.Context;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

class EvaluationsTest {
    private final Stage stage = new Stage();

    @Test
    void aRunThatSucceededIsEvaluated() {
        Stage.Worker worker = stage.aWorker();
        worker.answersAll();
        worker.finished();
        Evaluation ended = stage.evaluations.get(worker.evaluation);
        assertThat(ended.getState()).isEqualTo(State.SUCCEEDED);
        assertThat(ended.getReport().getArmsList())
                .extracting(arm ->
                        arm.getArm() + " " + arm.getScoresOrThrow("exact_match").getValue())
                .containsExactly("base 0.5", "tuned 0.5");
        assertThat(ended.getTrainingRun().getOutput().getDigest())
                .isEqualTo(Stage.anOutput("run-1").getDigest());
        assertThat(eventTypes()).containsExactly("EvaluationRequested", "EvaluationStarted", "EvaluationSucceeded");
    }

    @Test
    void aRunOrAVersionWhoseFilesDoNotFitIsNotTaken() {
        TrainingRun.Builder empty = stage.aRun(4).toBuilder();
        empty.getOutputBuilder().clearFiles();
        TrainingRun.Builder digest = stage.aRun(4).toBuilder();
        digest.getOutputBuilder().setDigest("0".repeat(64));
        TrainingRun.Builder another = stage.aRun(4).toBuilder();
        another.setOutput(Stage.anOutput("another"));
        ModelVersion version = ModelVersion.newBuilder()
                .setName("projects/default/models/tickets/versions/1")
                .setTrainingRun(stage.aRun(4).getName())
                .addAllFiles(Stage.anOutput("another").getFilesList())
                .build();
        for (TrainingRun.Builder run : List.of(empty, digest, another)) {
            assertThatThrownBy(() -> stage.evaluations.onSucceeded(run.build()))
                    .hasMessageContaining("its output does not fit");
            assertThat(stage.evaluations.ofRun(run.getName())).isEmpty();
        }
        assertThatThrownBy(() -> stage.evaluations.onModelVersion(version))
                .hasMessageContaining("expected a blob below");
    }

    @Test
    void everyResultIsAnEventAndAnUpdateWithTheSameSequence() {
        Stage.Worker worker = stage.aWorker();
        worker.answersAll();
        List<EvaluationUpdate> updates = stage.evaluations.updatesAfter(worker.evaluation, 0).stream()
                .filter(EvaluationUpdate::hasResult)
                .toList();
        List<EvaluationResult> results = results();
        assertThat(results).hasSize(8);
        assertThat(results)
                .extracting(EvaluationResult::getSequence)
                .isEqualTo(updates.stream().map(EvaluationUpdate::getSequence).toList())
                .isEqualTo(List.of(4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L));
        assertThat(results).extracting(EvaluationResult::getEvaluation).containsOnly(worker.evaluation);
        assertThat(stage.evaluations.get(worker.evaluation).getResults()).isEqualTo(8);
        assertThat(stage.evaluations.get(worker.evaluation).getTotalResults()).isEqualTo(8);
    }

    @Test
    void theSameRunIsEvaluatedOnce() {
        TrainingRun run = stage.aRun(4);
        stage.evaluations.onSucceeded(run);
        stage.evaluations.onSucceeded(run);
        assertThat(eventTypes()).containsExactly("EvaluationRequested");
    }

    @Test
    void theWorkerIsToldWhatTheRunUsedAndProduced() {
        String evaluation = stage.aRunningEvaluation();
        WorkerSpec spec = stage.launcher.started().getFirst();
        assertThat(spec.getResource()).isEqualTo(evaluation);
        assertThat(spec.getBlobPrefix())
                .isEqualTo(evaluation.replace("projects/default/evaluations", "evaluations/default") + "/");
        assertThat(spec.getEvaluate().getArmsList())
                .extracting(arm -> arm.getArm().getName() + " " + arm.getDigest())
                .containsExactly("base ", "tuned " + Stage.anOutput("run-1").getDigest());
        assertThat(spec.getEvaluate().getSplit()).isEqualTo("test");
        assertThat(spec.getDatasetVersion().getTestRows()).isEqualTo(Stage.ROWS);
    }

    @Test
    void onlyTheFirstRowsCountWhereTheUserLimitedThem() {
        TrainingRun.Builder run = stage.aRun(100).toBuilder();
        run.getConfigBuilder().getEvaluationBuilder().setMaxRows(10);
        stage.evaluations.onSucceeded(run.build());
        assertThat(stage.ofRun(run.build()).getTotalResults()).isEqualTo(20);
    }

    @Test
    void withoutTestRowsItFailsWithAReason() {
        TrainingRun run = stage.aRun(0);
        stage.evaluations.onSucceeded(run);
        Evaluation evaluation = stage.ofRun(run);
        assertThat(evaluation.getState()).isEqualTo(State.FAILED);
        assertThat(evaluation.getError().getMessage()).contains("datasets/tickets/versions/3", "no test rows");
        assertThat(eventTypes()).containsExactly("EvaluationRequested", "EvaluationFailed");
    }

    @Test
    void resultsSentTwiceCountOnce() {
        Stage.Worker worker = stage.aWorker();
        WorkerEvent batch = worker.answers("base", 0, 3);
        stage.evaluations.on(batch);
        worker.answers("base", 2, 4);
        assertThat(stage.evaluations.get(worker.evaluation).getResults()).isEqualTo(4);
        assertThat(results()).hasSize(4);
    }

    @Test
    void aNewEpochGoesOnWithTheRowsThatAreLeft() {
        Stage.Worker first = stage.aWorker();
        first.started(Stage.ROWS);
        ArmPreparation preparation = ArmPreparation.newBuilder()
                .setArm("base")
                .setAnswerRule("a rule")
                .build();
        first.prepared(preparation);
        first.answers("base", 0, 3);
        ClaimAttemptResponse claim = stage.claim(first.evaluation, 1);
        assertThat(claim.getPreparationsList()).containsExactly(preparation);
        assertThat(claim.getAnsweredList()).hasSize(1);
        assertThat(claim.getAnswered(0).getArm()).isEqualTo("base");
        assertThat(BitSet.valueOf(claim.getAnswered(0).getRows().toByteArray()).toString())
                .isEqualTo("{0, 1, 2}");
        Stage.Worker second = stage.new Worker(first.evaluation, claim.getEpoch());
        first.answers("base", 3, 4);
        assertThat(stage.evaluations.get(first.evaluation).getResults())
                .as("the first worker's late results")
                .isEqualTo(3);
        second.started(Stage.ROWS);
        second.answers("base", 3, 4);
        second.answers("tuned", 0, 4);
        second.finished();
        assertThat(stage.state(first.evaluation)).isEqualTo(State.SUCCEEDED);
        assertThat(stage.evaluations.get(first.evaluation).getResults()).isEqualTo(8);
        assertThat(results()).hasSize(8);
    }

    @Test
    void aReportWithoutEveryRowIsAFailedAttempt() {
        Stage.Worker worker = stage.aWorker();
        worker.started(Stage.ROWS);
        worker.answers("base", 0, Stage.ROWS);
        worker.finished();
        assertThat(stage.state(worker.evaluation)).isEqualTo(State.QUEUED);
        stage.evaluations.tick();
        Stage.Worker second = stage.worker(worker.evaluation);
        second.started(Stage.ROWS);
        second.finished();
        Evaluation failed = stage.evaluations.get(worker.evaluation);
        assertThat(failed.getState()).isEqualTo(State.FAILED);
        assertThat(failed.getError().getMessage()).isEqualTo("the worker finished with 4 of 8 results");
    }

    @Test
    void rowsThatAreLeftOutAreNotWaitedFor() {
        Stage.Worker worker = stage.aWorker();
        worker.started(Stage.ROWS - 1);
        assertThat(stage.evaluations.get(worker.evaluation).getTotalResults()).isEqualTo(2L * (Stage.ROWS - 1));
        worker.answers("base", 0, Stage.ROWS - 1);
        worker.answers("tuned", 0, Stage.ROWS - 1);
        worker.finished();
        assertThat(stage.state(worker.evaluation)).isEqualTo(State.SUCCEEDED);
    }

    @Test
    void anArmThatFailsFailsAlone() {
        Stage.Worker worker = stage.aWorker();
        worker.started(Stage.ROWS);
        worker.answers("base", 0, 1);
        worker.armFailed("base", "no example fits the context");
        assertThat(stage.evaluations.get(worker.evaluation).getTotalResults()).isEqualTo(1 + Stage.ROWS);
        worker.answers("base", 1, 2);
        worker.answers("tuned", 0, Stage.ROWS);
        worker.finished();
        Evaluation ended = stage.evaluations.get(worker.evaluation);
        assertThat(ended.getState()).isEqualTo(State.SUCCEEDED);
        assertThat(ended.getReport().getArms(0).getError().getMessage()).isEqualTo("no example fits the context");
        assertThat(ended.getReport().getArms(0).getScoresMap()).isEmpty();
        assertThat(ended.getReport().getArms(1).getScoresMap()).isNotEmpty();
    }

    @Test
    void withoutAnArmTheEvaluationFails() {
        Stage.Worker worker = stage.aWorker();
        worker.started(Stage.ROWS);
        worker.armFailed("base", "one reason");
        worker.armFailed("tuned", "another reason");
        Evaluation ended = stage.evaluations.get(worker.evaluation);
        assertThat(ended.getState()).isEqualTo(State.FAILED);
        assertThat(ended.getError().getMessage()).isEqualTo("no arm is left: arm tuned: another reason");
    }

    @Test
    void aRunWhoseOnlyArmIsNotKnownFailsItsEvaluation() {
        TrainingRun.Builder run = stage.aRun(Stage.ROWS).toBuilder();
        run.getConfigBuilder()
                .getEvaluationBuilder()
                .addArms(Arm.newBuilder()
                        .setName("old")
                        .setModel(ArmModel.MODEL_VERSION)
                        .setModelVersion("projects/default/models/tickets/versions/9"));
        stage.evaluations.onSucceeded(run.build());
        assertThat(stage.ofRun(run.build()).getState()).isEqualTo(State.FAILED);
        assertThat(stage.ofRun(run.build()).getError().getMessage())
                .isEqualTo("no arm is left: arm old: projects/default/models/tickets/versions/9 is not known");
    }

    @Test
    void anArmThatDrawsAnswersEachRowOnceADraw() {
        TrainingRun.Builder run = stage.aRun(Stage.ROWS).toBuilder();
        run.getConfigBuilder()
                .getEvaluationBuilder()
                .addArms(Arm.newBuilder()
                        .setName("drawn")
                        .addPromptings(Prompting.newBuilder()
                                .setExamples(Examples.newBuilder()
                                        .setCount(2)
                                        .setChoice(ExampleChoice.RANDOM)
                                        .setRepeats(2))));
        stage.evaluations.onSucceeded(run.build());
        String evaluation = stage.ofRun(run.build()).getName();
        stage.evaluations.tick();
        Stage.Worker worker = stage.worker(evaluation);
        worker.started(Stage.ROWS);
        assertThat(stage.evaluations.get(evaluation).getTotalResults()).isEqualTo(2 * Stage.ROWS);
        worker.answersRepeat("drawn", 0, 0, Stage.ROWS);
        worker.answersRepeat("drawn", 1, 0, Stage.ROWS);
        assertThatThrownBy(() -> worker.answersRepeat("drawn", 2, 0, 1)).hasMessageContaining("draw below 2");
        worker.finished();
        ArmReport arm = stage.evaluations.get(evaluation).getReport().getArms(0);
        assertThat(arm.getRepeatValuesList()).containsExactly(0.0, 1.0);
        assertThat(arm.getScoresOrThrow("exact_match").getValue()).isEqualTo(0.5);
        assertThat(arm.getPath()).isEqualTo(Path.FEW_SHOT);
    }

    @Test
    void anArmWhoseDocumentsAreGoneFailsAlone() {
        TrainingRun.Builder run = stage.aRun(Stage.ROWS).toBuilder();
        run.getConfigBuilder()
                .getEvaluationBuilder()
                .addArms(Arm.newBuilder().setName("base"))
                .addArms(Arm.newBuilder()
                        .setName("rag")
                        .addPromptings(Prompting.newBuilder()
                                .setRetrieval(
                                        Retrieval.newBuilder().setCount(2).setDocuments(FakeCatalog.MANUAL + "2"))));
        stage.catalog.hasManual = false;
        stage.evaluations.onSucceeded(run.build());
        assertThat(stage.ofRun(run.build()).getArms(0).hasError()).isFalse();
        assertThat(stage.ofRun(run.build()).getArms(1).getError().getMessage()).contains(FakeCatalog.MANUAL + "2");
    }

    @Test
    void theApprovedVersionIsAnArmByItself() {
        stage.evaluations.onModelVersion(stage.catalog.modelVersion(
                stage.catalog.adapter(1, FakeCatalog.BASE_DIGEST, ModelVersion.State.APPROVED)));
        TrainingRun run = stage.aRun(Stage.ROWS);
        stage.evaluations.onSucceeded(run);
        assertThat(stage.ofRun(run).getArmsList())
                .extracting(arm -> arm.getArm().getName() + " " + arm.getDigest() + " " + arm.getApproved())
                .containsExactly(
                        "base  false",
                        "tuned " + Stage.anOutput("run-1").getDigest() + " false",
                        "approved adapter-1 true");
    }

    @Test
    void anApprovedVersionOfAnotherBaseIsNoArm() {
        stage.evaluations.onModelVersion(
                stage.catalog.modelVersion(stage.catalog.adapter(1, "another", ModelVersion.State.APPROVED)));
        TrainingRun run = stage.aRun(Stage.ROWS);
        stage.evaluations.onSucceeded(run);
        assertThat(stage.ofRun(run).getArmsList()).hasSize(2);
    }

    @Test
    void aVersionThatIsRevokedMeanwhileFailsItsArm() {
        String name = stage.catalog.adapter(1, FakeCatalog.BASE_DIGEST, ModelVersion.State.APPROVED);
        stage.evaluations.onModelVersion(stage.catalog.modelVersion(name));
        Stage.Worker worker = stage.aWorker();
        worker.answersAll();
        worker.answers("approved", 0, 2);
        stage.evaluations.onModelVersion(stage.catalog.modelVersion(name).toBuilder()
                .setState(ModelVersion.State.REVOKED)
                .build());
        worker.answers("approved", 2, Stage.ROWS);
        worker.finished();
        Evaluation ended = stage.evaluations.get(worker.evaluation);
        assertThat(ended.getState()).isEqualTo(State.SUCCEEDED);
        assertThat(ended.getReport().getArms(2).getError().getMessage()).isEqualTo(name + " was revoked meanwhile");
    }

    @Test
    void theVersionOfARunIsLinked() {
        String evaluation = stage.aQueuedEvaluation();
        String name = stage.catalog.adapter(1, FakeCatalog.BASE_DIGEST, ModelVersion.State.REGISTERED);
        stage.evaluations.onModelVersion(stage.catalog.modelVersion(name).toBuilder()
                .setTrainingRun("projects/default/trainingRuns/run-1")
                .build());
        assertThat(stage.evaluations.get(evaluation).getModelVersion()).isEqualTo(name);
    }

    @Test
    void aResultThatCannotBeIsRefused() {
        Stage.Worker worker = stage.aWorker();
        assertThatThrownBy(() -> worker.answers("base", Stage.ROWS, Stage.ROWS + 1))
                .hasMessageContaining("row 4");
        assertThatThrownBy(() -> worker.answers("other", 0, 1)).hasMessageContaining("arm other");
        assertThat(stage.evaluations.get(worker.evaluation).getResults()).isZero();
    }

    @Test
    void aLostWorkerIsFollowedByAnother() {
        Stage.Worker worker = stage.aWorker();
        worker.answers("base", 0, 2);
        stage.tickFor(32);
        assertThat(stage.evaluations.get(worker.evaluation).getAttempt()).isEqualTo(2);
        assertThat(stage.launcher.stopped()).containsExactly(worker.evaluation + "#1");
        worker.answers("base", 2, 4);
        assertThat(stage.evaluations.get(worker.evaluation).getResults())
                .as("without the late ones")
                .isEqualTo(2);
    }

    @Test
    void aHeartbeatKeepsAWorkerAliveAndTheBrokersAbsenceToo() {
        Stage.Worker worker = stage.aWorker();
        stage.tickFor(25);
        worker.heartbeat();
        stage.tickFor(25);
        stage.reception.breakOff();
        stage.tickFor(100);
        assertThat(stage.evaluations.get(worker.evaluation).getAttempt()).isEqualTo(1);
    }

    @Test
    void anExitMeansWhatItsCodeSays() {
        String evaluation = stage.aRunningEvaluation();
        stage.launcher.exit(evaluation, 1, 137);
        stage.tickFor(5);
        assertThat(stage.evaluations.get(evaluation).getAttempt()).isEqualTo(2);
        stage.launcher.exit(evaluation, 2, 78);
        stage.tickFor(5);
        assertThat(stage.evaluations.get(evaluation).getError().getReason()).isEqualTo(WorkReason.BAD_CONFIGURATION);
    }

    @Test
    void failuresAreRetriedWhereThatHelps() {
        Stage.Worker worker = stage.aWorker();
        worker.failed(true);
        assertThat(stage.state(worker.evaluation)).isEqualTo(State.QUEUED);
        stage.evaluations.tick();
        stage.worker(worker.evaluation).failed(false);
        assertThat(stage.evaluations.get(worker.evaluation).getError().getReason())
                .isEqualTo(WorkReason.OUT_OF_MEMORY);
    }

    @Test
    void aStoppedWorkerCostsNoAttempt() {
        String evaluation = stage.aQueuedEvaluation();
        for (int attempt = 1; attempt <= 4; attempt++) {
            stage.evaluations.tick();
            stage.worker(evaluation).stopped();
            assertThat(stage.state(evaluation)).isEqualTo(State.QUEUED);
        }
    }

    @Test
    void aCancelTakesEffectAtOnce() {
        Stage.Worker worker = stage.aWorker();
        cancel(worker.evaluation);
        assertThat(stage.launcher.stopped()).containsExactly(worker.evaluation + "#1");
        worker.answersAll();
        worker.finished();
        assertThat(stage.state(worker.evaluation)).isEqualTo(State.CANCELLED);
        assertThat(eventTypes()).endsWith("EvaluationCancelled");
        cancel(worker.evaluation);
        assertThatThrownBy(() -> stage.claim(worker.evaluation, 1))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.reason()).isEqualTo(ErrorReason.STALE_ATTEMPT));
    }

    @Test
    void theTokenOfAWorkerEndsWithItsEvaluation() throws Exception {
        Stage.Worker worker = stage.aWorker();
        Context asWorker = new Identity("worker", "attempt", Identity.Kind.WORKER, Map.of()).in(Context.current());
        Context asViewer =
                new Identity("vera", "test", Identity.Kind.USER, Map.of("default", Role.VIEWER)).in(Context.current());
        Callable<Evaluation> watch = () -> stage.evaluations.watched(worker.evaluation);
        assertThat(asWorker.call(watch).getName()).isEqualTo(worker.evaluation);
        worker.answersAll();
        worker.finished();
        assertThatThrownBy(() -> asWorker.call(watch))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.reason()).isEqualTo(ErrorReason.PERMISSION_DENIED));
        assertThat(asViewer.call(watch).getState()).isEqualTo(State.SUCCEEDED);
    }

    @Test
    void anEndedEvaluationCannotBeCancelled() {
        Stage.Worker worker = stage.aWorker();
        worker.answersAll();
        worker.finished();
        assertThatThrownBy(() -> cancel(worker.evaluation))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.reason()).isEqualTo(ErrorReason.ILLEGAL_STATE));
    }

    @Test
    void oneAtATimeInOrder() {
        Stage.Worker first = stage.aWorker();
        String second = stage.aQueuedEvaluation();
        String third = stage.aQueuedEvaluation();
        first.answersAll();
        first.finished();
        stage.evaluations.tick();
        assertThat(stage.state(second)).isEqualTo(State.RUNNING);
        assertThat(stage.state(third)).isEqualTo(State.QUEUED);
    }

    @Test
    void aRestartedServiceGoesOn() {
        Stage.Worker worker = stage.aWorker();
        worker.started(Stage.ROWS);
        worker.answers("base", 0, Stage.ROWS);
        stage.restart();
        stage.tickFor(5);
        worker.answers("tuned", 0, Stage.ROWS);
        worker.finished();
        assertThat(stage.launcher.started()).hasSize(1);
        assertThat(stage.state(worker.evaluation)).isEqualTo(State.SUCCEEDED);
    }

    @Test
    void evaluationsAreListedNewestFirst() {
        String first = stage.aQueuedEvaluation();
        String second = stage.aQueuedEvaluation();
        assertThat(stage.evaluations
                        .list(ListEvaluationsRequest.newBuilder()
                                .setParent("projects/default")
                                .build())
                        .getEvaluationsList())
                .extracting(Evaluation::getName)
                .containsExactly(second, first);
    }

    private void cancel(String evaluation) {
        stage.evaluations.cancel(
                CancelEvaluationRequest.newBuilder().setName(evaluation).build());
    }

    private List<String> eventTypes() {
        return stage.published.types().stream()
                .filter(type -> !type.equals("EvaluationResult"))
                .toList();
    }

    private List<EvaluationResult> results() {
        return stage.published.published().stream()
                .filter(event -> event.topic().equals(Topics.EVALUATION_RESULTS))
                .map(event -> (EvaluationResult) event.envelope())
                .toList();
    }
}
