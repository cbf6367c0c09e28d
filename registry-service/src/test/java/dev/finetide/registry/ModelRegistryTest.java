package dev.finetide.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import dev.finetide.blobs.InMemoryBlobStore;
import dev.finetide.kit.auth.Identity;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.event.RecordingPublisher;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.time.ManualClock;
import dev.finetide.proto.auth.v1.Role;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.Retrieval;
import dev.finetide.proto.model.v1.DeleteModelVersionRequest;
import dev.finetide.proto.model.v1.ModelEvent;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.model.v1.ModelVersion.State;
import dev.finetide.proto.model.v1.ModelVersionStateChange;
import dev.finetide.proto.model.v1.ReviewModelVersionRequest;
import dev.finetide.proto.project.v1.ReviewSettings;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.work.v1.StateChange;
import dev.finetide.proto.work.v1.WorkError;
import dev.finetide.proto.work.v1.WorkReason;
import io.grpc.Context;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ModelRegistryTest {
    private static final String V1 = "projects/default/models/m/versions/1";

    private final InMemoryBlobStore blobs = new InMemoryBlobStore();
    private final RecordingPublisher publisher = new RecordingPublisher();
    private final ManualClock clock = new ManualClock();
    private final ModelRegistry registry = new ModelRegistry(
            new InMemoryModelStore(), publisher, ApprovalPolicyTest.DEFAULT, _ -> ReviewRules.NONE, clock);
    private TrainingRun run;

    private Context before;

    @BeforeEach
    void aliceCalls() {
        before = new Identity("alice", "test", Identity.Kind.USER, Map.of("default", Role.ADMIN))
                .in(Context.current())
                .attach();
    }

    @AfterEach
    void nobodyCalls() {
        Context.current().detach(before);
    }

    @BeforeEach
    void aRunHasSucceeded() throws IOException {
        run = Trained.run(blobs, "r1", "m");
    }

    private static ReviewModelVersionRequest.Builder review() {
        return ReviewModelVersionRequest.newBuilder().setName(V1).setReason("looked at it");
    }

    private static ErrorReason reason(Callable<?> call) {
        return catchThrowableOfType(ApiException.class, call::call).reason();
    }

    @Test
    void aRunIsRegisteredOnce() throws IOException {
        ModelVersion version = registry.register(run);

        assertThat(registry.register(run)).isEqualTo(version);
        assertThat(version.getName()).isEqualTo(V1);
        assertThat(version.getState()).isEqualTo(State.REGISTERED);
        assertThat(version.getTrainingRun()).isEqualTo(run.getName());
        assertThat(version.getBaseDigest()).isEqualTo("base-digest");
        assertThat(version.getTemplateDigest()).isEqualTo("template-digest");
        assertThat(publisher.types()).containsExactly("ModelVersionRegistered");
        assertThat(registry.register(Trained.run(blobs, "r2", "m")).getName()).endsWith("/versions/2");
    }

    /// A run of one project must not add a version to a model of another, nor an evaluation decide about it.
    @Test
    void anEventThatNamesAnotherProjectChangesNothing() throws IOException {
        TrainingRun ofAnotherModel = run.toBuilder()
                .setConfig(run.getConfig().toBuilder().setModel("projects/other/models/m"))
                .build();
        Evaluation ofAnotherProject = Trained.evaluated(run, 0.1, 0.9).toBuilder()
                .setName("projects/other/evaluations/e")
                .build();
        TrainingRun noRun = run.toBuilder().setName("projects/default/models/m").build();

        for (Runnable event : List.<Runnable>of(
                () -> registry.register(ofAnotherModel),
                () -> registry.register(noRun),
                () -> registry.evaluating(ofAnotherProject),
                () -> registry.evaluated(ofAnotherProject),
                () -> registry.notEvaluated(ofAnotherProject))) {
            assertThatThrownBy(event::run).isInstanceOf(IllegalArgumentException.class);
        }

        assertThat(publisher.types()).isEmpty();
        assertThat(registry.register(run).getState()).isEqualTo(State.REGISTERED);
    }

    @Test
    void aVersionOfFilesOfAnotherRunIsNotRegistered() throws IOException {
        TrainingRun other = Trained.run(blobs, "r2", "m");
        TrainingRun theft = run.toBuilder().setOutput(other.getOutput()).build();

        assertThatThrownBy(() -> registry.register(theft))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected a blob below trainingRuns/default/r1/");
        assertThat(publisher.types()).isEmpty();
    }

    @Test
    void aVersionSaysWithWhichPassagesItsRowsWereLearnt() {
        Retrieval passages = Retrieval.newBuilder()
                .setCount(3)
                .setDocuments("projects/default/datasets/manual/versions/2")
                .build();
        TrainingRun looking = run.toBuilder()
                .setConfig(run.getConfig().toBuilder().setPassages(passages))
                .build();
        assertThat(registry.register(looking).getPassages()).isEqualTo(passages);
    }

    @Test
    void aBetterModelIsApprovedByThePolicy() {
        registry.register(run);
        registry.evaluating(Trained.evaluation(run).build());
        clock.advance(Duration.ofSeconds(5));
        registry.evaluated(Trained.evaluated(run, 0.1, 0.9));

        ModelVersion version = registry.get("projects/default/models/m/versions/approved");
        assertThat(version.getName()).isEqualTo(V1);
        assertThat(version.getReport()).isEqualTo(Trained.report(0.1, 0.9));
        assertThat(version.getEvaluation()).isEqualTo("projects/default/evaluations/e-r1");
        assertThat(version.getHistoryList())
                .extracting(ModelVersionStateChange::getState)
                .containsExactly(State.REGISTERED, State.EVALUATING, State.APPROVED);
        assertThat(version.getHistory(2).getActor()).isEqualTo("policy");
        assertThat(publisher.types())
                .containsExactly("ModelVersionRegistered", "ModelVersionEvaluating", "ModelVersionApproved");
        assertThat(publisher.published())
                .allSatisfy(event -> assertThat(event.resource()).isEqualTo(V1));
        assertThat(((ModelEvent) publisher.published().getLast().envelope())
                        .getModelVersionApproved()
                        .getModelVersion())
                .isEqualTo(version);
    }

    @Test
    void anEvaluationThatOvertakesItsRunRegistersIt() {
        registry.evaluated(Trained.evaluated(run, 0.1, 0.9));
        registry.evaluating(Trained.evaluation(run).build());
        registry.register(run);

        assertThat(registry.get(V1).getState()).isEqualTo(State.APPROVED);
        assertThat(publisher.types()).containsExactly("ModelVersionRegistered", "ModelVersionApproved");
    }

    @Test
    void aVersionThatIsWorseThanTheApprovedOneIsHeld() throws IOException {
        registry.evaluated(Trained.evaluated(run, 0.1, 0.9));
        TrainingRun second = Trained.run(blobs, "r2", "m");

        registry.evaluated(withApproved(second, V1, 0.8));

        ModelVersion worse = registry.get("projects/default/models/m/versions/2");
        assertThat(worse.getState()).isEqualTo(State.PENDING_APPROVAL);
        assertThat(worse.getReasonsList())
                .anySatisfy(reason -> assertThat(reason)
                        .startsWith("tuned worse than approved (m@1): exact_match 0.8000 against 0.9000"));
        assertThat(registry.get("projects/default/models/m/versions/approved").getName())
                .isEqualTo(V1);
    }

    @Test
    void aVersionThatWasNotComparedWithTheApprovedOneIsHeld() throws IOException {
        // Given an evaluation of the second run that was created before the first was approved
        TrainingRun second = Trained.run(blobs, "r2", "m");
        registry.evaluated(Trained.evaluated(run, 0.1, 0.9));

        registry.evaluated(Trained.evaluated(second, 0.1, 0.95));

        ModelVersion held = registry.get("projects/default/models/m/versions/2");
        assertThat(held.getState()).isEqualTo(State.PENDING_APPROVAL);
        assertThat(held.getReasonsList())
                .anySatisfy(reason -> assertThat(reason).contains("m@1 is approved now and was not asked"));
        TrainingRun third = Trained.run(blobs, "r3", "m");
        registry.revoke(review().build());
        registry.evaluated(Trained.evaluated(third, 0.1, 0.5));
        assertThat(registry.get("projects/default/models/m/versions/3").getState())
                .isEqualTo(State.APPROVED);
    }

    private static Evaluation withApproved(TrainingRun run, String version, double tuned) {
        return Trained.evaluation(run)
                .setState(dev.finetide.proto.work.v1.State.SUCCEEDED)
                .setReport(Trained.report(Map.of("base", 0.1, "tuned", tuned, "approved", 0.9)))
                .addArms(EvaluationArm.newBuilder()
                        .setArm(Arm.newBuilder().setName("approved").setModelVersion(version))
                        .setApproved(true))
                .build();
    }

    private ModelRegistry reviewedBy(ReviewRules rules) {
        return new ModelRegistry(new InMemoryModelStore(), publisher, ApprovalPolicyTest.DEFAULT, _ -> rules, clock);
    }

    private static ModelVersion as(String reviewer, Callable<ModelVersion> review) throws Exception {
        return new Identity(reviewer, "test", Identity.Kind.USER, Map.of("default", Role.REVIEWER))
                .in(Context.current())
                .call(review);
    }

    @Test
    void whoSubmittedARunDoesNotApproveItsVersion() throws Exception {
        ModelRegistry strict = reviewedBy(new ReviewRules(false, 1));
        TrainingRun submitted = run.toBuilder()
                .addHistory(StateChange.newBuilder().setActor("alice"))
                .build();
        strict.evaluated(Trained.evaluated(submitted, 0.9, 0.1));
        assertThat(strict.get(V1).getSubmitter()).isEqualTo("alice");
        assertThat(reason(() -> strict.approve(review().build()))).isEqualTo(ErrorReason.PERMISSION_DENIED);
        assertThat(strict.get(V1).getState()).isEqualTo(State.PENDING_APPROVAL);
        assertThat(as("bob", () -> strict.approve(review().build())).getState()).isEqualTo(State.APPROVED);
    }

    @Test
    void forWhomAServiceCreatedARunDoesNotApproveItsVersion() {
        ModelRegistry strict = reviewedBy(new ReviewRules(false, 1));
        TrainingRun submitted = run.toBuilder()
                .setSubmitter("alice")
                .addHistory(StateChange.newBuilder().setActor("eval-service"))
                .build();
        strict.evaluated(Trained.evaluated(submitted, 0.9, 0.1));
        assertThat(strict.get(V1).getSubmitter()).isEqualTo("alice");
        assertThat(reason(() -> strict.approve(review().build()))).isEqualTo(ErrorReason.PERMISSION_DENIED);
    }

    @Test
    void twoReviewersApproveWhereTwoAreNeeded() throws Exception {
        ModelRegistry two = reviewedBy(new ReviewRules(true, 2));
        two.evaluated(Trained.evaluated(run, 0.9, 0.1));
        ModelVersion once = two.approve(review().build());
        assertThat(once.getState()).isEqualTo(State.PENDING_APPROVAL);
        assertThat(once.getReasonsList()).last().asString().isEqualTo("approved by alice, one more reviewer is needed");
        assertThat(reason(() -> two.approve(review().build()))).isEqualTo(ErrorReason.PERMISSION_DENIED);
        ModelVersion approved = as("bob", () -> two.approve(review().build()));
        assertThat(approved.getState()).isEqualTo(State.APPROVED);
        assertThat(approved.getHistoryList())
                .as("the words of both reviewers stay")
                .extracting(ModelVersionStateChange::getActor, ModelVersionStateChange::getCause)
                .endsWith(
                        tuple("alice", "looked at it; approved by alice, one more reviewer is needed"),
                        tuple("bob", "looked at it"));
    }

    @Test
    void aRevokedVersionNeedsAsManyReviewersAsAHeldOne() throws Exception {
        ModelRegistry two = reviewedBy(new ReviewRules(true, 2));
        two.evaluated(Trained.evaluated(run, 0.1, 0.9));
        two.revoke(review().build());
        assertThat(two.approve(review().build()).getState()).isEqualTo(State.REVOKED);
        assertThat(reason(() -> two.approve(review().build()))).isEqualTo(ErrorReason.PERMISSION_DENIED);
        assertThat(as("bob", () -> two.approve(review().build())).getState()).isEqualTo(State.APPROVED);
        two.revoke(review().build());
        assertThat(as("carol", () -> two.approve(review().build())).getState())
                .as("approvals of before the revocation do not count")
                .isEqualTo(State.REVOKED);
    }

    @Test
    void theRulesOfAProjectCountBeforeTheSettings() throws Exception {
        AtomicReference<ReviewSettings> project = new AtomicReference<>(ReviewSettings.getDefaultInstance());
        ReviewRules settings = new ReviewRules(false, 1);
        ModelRegistry registry = new ModelRegistry(
                new InMemoryModelStore(),
                publisher,
                ApprovalPolicyTest.DEFAULT,
                name -> name.equals("projects/default") ? settings.within(project.get()) : ReviewRules.NONE,
                clock);
        TrainingRun submitted = run.toBuilder()
                .addHistory(StateChange.newBuilder().setActor("alice"))
                .build();
        registry.evaluated(Trained.evaluated(submitted, 0.9, 0.1));
        assertThat(reason(() -> registry.approve(review().build()))).isEqualTo(ErrorReason.PERMISSION_DENIED);
        project.set(
                ReviewSettings.newBuilder().setOwnApproval(true).setReviewers(2).build());
        assertThat(registry.approve(review().build()).getState()).isEqualTo(State.PENDING_APPROVAL);
        assertThat(reason(() -> registry.approve(review().build()))).isEqualTo(ErrorReason.PERMISSION_DENIED);
        // Own approvals that were allowed count no more when they are not.
        project.set(ReviewSettings.newBuilder()
                .setOwnApproval(false)
                .setReviewers(2)
                .build());
        assertThat(as("bob", () -> registry.approve(review().build())).getState())
                .isEqualTo(State.PENDING_APPROVAL);
        // One reviewer is enough now, and may be the one who has approved.
        project.set(ReviewSettings.newBuilder().setReviewers(1).build());
        assertThat(as("bob", () -> registry.approve(review().build())).getState())
                .isEqualTo(State.APPROVED);
    }

    @Test
    void anEvaluationThatBelongsToNoRunChangesNothing() {
        Evaluation own = Evaluation.newBuilder()
                .setName("projects/default/evaluations/own")
                .setReport(Trained.report(0.1, 0.9))
                .build();

        registry.evaluating(own);
        registry.evaluated(own);
        registry.notEvaluated(own);

        assertThat(publisher.published()).isEmpty();
        assertThat(registry.list("projects/default/models/-", "", new Page(10, Optional.empty())))
                .isEmpty();
    }

    @Test
    void lateEventsNeverChangeADecision() {
        registry.evaluated(Trained.evaluated(run, 0.1, 0.9));
        registry.evaluated(Trained.evaluated(run, 0.9, 0.1));
        registry.notEvaluated(Trained.evaluation(run)
                .setState(dev.finetide.proto.work.v1.State.CANCELLED)
                .build());

        assertThat(registry.get(V1).getState()).isEqualTo(State.APPROVED);
        assertThat(publisher.types()).hasSize(2);
    }

    @Test
    void aHeldVersionWaitsForAReviewer() {
        registry.evaluated(Trained.evaluated(run, 0.5, 0.5));

        ModelVersion held = registry.get(V1);
        assertThat(held.getState()).isEqualTo(State.PENDING_APPROVAL);
        assertThat(held.getReasonsList()).anySatisfy(text -> assertThat(text).contains("0.5000"));
        ModelVersion approved =
                registry.approve(review().setEtag(held.getEtag()).build());
        assertThat(approved.getState()).isEqualTo(State.APPROVED);
        assertThat(approved.getReasonsList()).containsExactly("looked at it");
        assertThat(approved.getHistoryList().getLast().getActor()).isEqualTo("alice");
        assertThat(registry.approve(review().build())).isEqualTo(approved);
        assertThat(publisher.types())
                .containsExactly("ModelVersionRegistered", "ModelVersionHeld", "ModelVersionApproved");
    }

    @Test
    void aVersionWithoutAnEvaluationIsHeldWithTheReason() throws IOException {
        registry.notEvaluated(Trained.evaluation(run)
                .setState(dev.finetide.proto.work.v1.State.FAILED)
                .setError(WorkError.newBuilder()
                        .setReason(WorkReason.OUT_OF_MEMORY)
                        .setMessage("not for the public"))
                .build());

        assertThat(registry.get(V1).getState()).isEqualTo(State.PENDING_APPROVAL);
        assertThat(registry.get(V1).getReasonsList()).containsExactly("the evaluation failed: OUT_OF_MEMORY");
        TrainingRun other = Trained.run(blobs, "r2", "m");
        registry.notEvaluated(Trained.evaluation(other)
                .setState(dev.finetide.proto.work.v1.State.CANCELLED)
                .build());
        assertThat(registry.get("projects/default/models/m/versions/latest").getReasonsList())
                .containsExactly("the evaluation was cancelled");
    }

    @Test
    void onlyLegalReviewsAreTaken() {
        registry.register(run);

        assertThat(reason(() -> registry.approve(review().build()))).isEqualTo(ErrorReason.ILLEGAL_STATE);
        assertThat(reason(() -> registry.revoke(review().build()))).isEqualTo(ErrorReason.ILLEGAL_STATE);
        registry.evaluated(Trained.evaluated(run, 0.5, 0.5));
        assertThat(reason(() -> registry.reject(review().setEtag("1").build()))).isEqualTo(ErrorReason.ETAG_MISMATCH);
        assertThat(reason(() -> registry.reject(review().clearReason().build())))
                .isEqualTo(ErrorReason.INVALID_FIELD);
        assertThat(registry.reject(review().build()).getState()).isEqualTo(State.REJECTED);
        assertThat(reason(() -> registry.approve(review().build()))).isEqualTo(ErrorReason.ILLEGAL_STATE);
        assertThat(reason(() -> registry.approve(
                        review().setName("projects/default/models/m/versions/9").build())))
                .isEqualTo(ErrorReason.RESOURCE_NOT_FOUND);
    }

    @Test
    void onlyApprovedVersionsAreServedAndARevocationIsImmediate() {
        registry.register(run);
        assertThat(reason(() -> registry.servedFile(V1, "adapter_model.safetensors")))
                .isEqualTo(ErrorReason.NOT_APPROVED);

        registry.evaluated(Trained.evaluated(run, 0.1, 0.9));
        assertThat(registry.servedFile(V1, "adapter_model.safetensors"))
                .isEqualTo(run.getOutput().getFiles(0));
        assertThat(reason(() -> registry.servedFile(V1, "../other"))).isEqualTo(ErrorReason.RESOURCE_NOT_FOUND);

        registry.revoke(review().build());
        assertThat(reason(() -> registry.servedFile(V1, "adapter_model.safetensors")))
                .isEqualTo(ErrorReason.NOT_APPROVED);
        assertThat(reason(() -> registry.get("projects/default/models/m/versions/approved")))
                .isEqualTo(ErrorReason.RESOURCE_NOT_FOUND);
    }

    @Test
    void aRevocationByMistakeIsUndoneWithAReason() {
        registry.register(run);
        registry.evaluated(Trained.evaluated(run, 0.1, 0.9));
        registry.revoke(review().build());

        assertThat(reason(() -> registry.approve(review().clearReason().build())))
                .isEqualTo(ErrorReason.INVALID_FIELD);
        assertThat(registry.approve(review().build()).getState()).isEqualTo(State.APPROVED);
        assertThat(registry.servedFile(V1, "adapter_model.safetensors"))
                .isEqualTo(run.getOutput().getFiles(0));
        assertThat(registry.get(V1).getHistoryList())
                .extracting(ModelVersionStateChange::getState)
                .endsWith(State.APPROVED, State.REVOKED, State.APPROVED);
    }

    @Test
    void outputsThatCannotBeServedSafelyAreNotRegistered() {
        TrainingRun.Builder outside = run.toBuilder();
        outside.getOutputBuilder()
                .setFiles(0, run.getOutput().getFiles(0).toBuilder().setPath("../../etc/passwd.txt"));
        TrainingRun.Builder changed = run.toBuilder();
        changed.getOutputBuilder()
                .setFiles(0, run.getOutput().getFiles(0).toBuilder().setSha256("0".repeat(64)));
        TrainingRun.Builder empty = run.toBuilder();
        empty.getOutputBuilder().clearFiles();
        TrainingRun.Builder another = run.toBuilder();
        another.getOutputBuilder()
                .setFiles(
                        0,
                        run.getOutput().getFiles(0).toBuilder()
                                .setBlobKey("trainingRuns/default/another/attempts/1/adapter.safetensors"));

        assertThatThrownBy(() -> registry.register(outside.build())).hasMessageContaining("plain relative path");
        assertThatThrownBy(() -> registry.register(changed.build())).hasMessageContaining("digest");
        assertThatThrownBy(() -> registry.register(empty.build())).hasMessageContaining("files");
        assertThatThrownBy(() -> registry.register(another.build())).hasMessageContaining("expected a blob below");
        assertThat(publisher.published()).isEmpty();
    }

    @Test
    void listsShowOneModelOrAll() throws IOException {
        registry.register(run);
        registry.register(Trained.run(blobs, "r2", "other"));
        Page page = new Page(10, Optional.empty());

        assertThat(registry.list("projects/default/models/-", "", page)).hasSize(2);
        assertThat(registry.list("projects/default/models/m", "", page)).hasSize(1);
        assertThat(registry.list("projects/default/models/-", run.getName(), page))
                .singleElement()
                .satisfies(listed -> assertThat(listed.version().getName()).isEqualTo(V1));
        assertThat(reason(() -> registry.list("models/-", "", page))).isEqualTo(ErrorReason.INVALID_FIELD);
    }

    @Test
    void filesOfAVersionAreThoseOfTheRun() {
        assertThat(registry.register(run).getFilesList())
                .extracting(BlobFile::getPath)
                .containsExactly("adapter_model.safetensors");
    }

    private static DeleteModelVersionRequest deletion() {
        return DeleteModelVersionRequest.newBuilder().setName(V1).build();
    }

    @Test
    void aVersionThatWasNeverApprovedIsDeletedAndStaysSo() {
        registry.register(run);

        ModelVersion tombstone = registry.delete(deletion());

        assertThat(tombstone.getState()).isEqualTo(State.DELETED);
        assertThat(tombstone.hasDeleteTime()).isTrue();
        assertThat(tombstone.getHistoryList().getLast().getActor()).isEqualTo("alice");
        registry.evaluated(Trained.evaluated(run, 0.1, 0.9));
        assertThat(registry.delete(deletion())).isEqualTo(tombstone);
        assertThat(registry.get(V1)).isEqualTo(tombstone);
        assertThat(publisher.types()).containsExactly("ModelVersionRegistered", "ModelVersionDeleted");
        assertThat(reason(() -> registry.approve(review().build()))).isEqualTo(ErrorReason.ILLEGAL_STATE);
        assertThat(reason(() -> registry.get("projects/default/models/m/versions/latest")))
                .isEqualTo(ErrorReason.RESOURCE_NOT_FOUND);
    }

    @Test
    void anApprovalThatWasEverGivenKeepsTheVersion() {
        registry.evaluated(Trained.evaluated(run, 0.1, 0.9));

        assertThatThrownBy(() -> registry.delete(deletion())).hasMessage("cannot delete " + V1 + ": it is APPROVED");
        registry.revoke(review().build());
        assertThat(reason(() -> registry.delete(deletion()))).isEqualTo(ErrorReason.ILLEGAL_STATE);
    }
}
