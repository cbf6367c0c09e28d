package dev.finetide.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.ApiException.FieldViolation;
import dev.finetide.kit.limit.Limit;
import dev.finetide.kit.limit.TestLimits;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.CancelEvaluationRequest;
import dev.finetide.proto.evaluation.v1.CreateEvaluationRequest;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationSpec;
import dev.finetide.proto.evaluation.v1.Examples;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.proto.evaluation.v1.Retrieval;
import dev.finetide.proto.evaluation.v1.Task;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.work.v1.State;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Evaluations that clients ask for.
class CreateEvaluationTest {
    private static final Arm BASE = Arm.newBuilder().setName("base").build();

    private final Stage stage = new Stage();

    @Test
    void anEvaluationOfItsOwnNamesWhatItComparesAndSaysHowOftenItsSplitWasAsked() {
        Evaluation first = create("", BASE);
        assertThat(first.getName()).matches("projects/default/evaluations/eval-[0-9a-z]{18}");
        assertThat(first.getState()).isEqualTo(State.QUEUED);
        assertThat(first.getSpec().getDatasetVersion()).isEqualTo(FakeCatalog.DATASET + "3");
        assertThat(first.getSpec().getSplit()).isEqualTo("test");
        assertThat(first.getSplitLooks()).isEqualTo(1);
        assertThat(first.getTotalResults()).isEqualTo(Stage.ROWS);
        assertThat(create("", BASE).getSplitLooks()).isEqualTo(2);
    }

    @Test
    void theSameRequestGivesTheSameEvaluation() {
        String id = "7d0f0e9c-4a3f-4a53-9a52-1f2f3a4b5c6d";
        Evaluation first = create(id, BASE);
        assertThat(create(id, BASE).getName()).isEqualTo(first.getName());
        assertThatThrownBy(() -> create(id, BASE.toBuilder().setName("another").build()))
                .hasMessageContaining("was made by this request_id from another request");
    }

    @Test
    void aProjectHasSoManyEvaluationsThatWaitAndThoseOfItsRunsAreNotLost() {
        stage.limits = TestLimits.of(Limit.QUEUED_RUNS, 1);
        stage.restart();
        String id = "7d0f0e9c-4a3f-4a53-9a52-1f2f3a4b5c6d";
        Evaluation first = create(id, BASE);
        String second = "7d0f0e9c-4a3f-4a53-9a52-1f2f3a4b5c6e";
        assertThatThrownBy(() -> create(second, BASE))
                .hasMessage("projects/default has 1 evaluations that wait, and may have 1:"
                        + " try again when there are fewer");
        assertThat(create(id, BASE).getName()).as("a request that was answered").isEqualTo(first.getName());

        TrainingRun run = stage.aRun(Stage.ROWS);
        stage.evaluations.onSucceeded(run);
        assertThat(stage.evaluations.ofRun(run.getName())).isPresent();
        stage.evaluations.tick();
        stage.evaluations.cancel(CancelEvaluationRequest.newBuilder()
                .setName(stage.evaluations.ofRun(run.getName()).orElseThrow().getName())
                .build());
        assertThat(create(second, BASE).getName())
                .as("a refused request is no answer")
                .isNotEmpty();
    }

    @Test
    void aVersionIsResolvedWithItsFiles() {
        String version = stage.catalog.adapter(4, FakeCatalog.BASE_DIGEST, ModelVersion.State.PENDING_APPROVAL);
        Evaluation evaluation = create("", BASE, version("four", version));
        assertThat(evaluation.getArms(1).getDigest()).isEqualTo("adapter-4");
        assertThat(evaluation.hasTrainingRun()).isFalse();
    }

    private static Arm passages(String documents, String template) {
        return Arm.newBuilder()
                .setName("rag")
                .addPromptings(Prompting.newBuilder()
                        .setRetrieval(Retrieval.newBuilder()
                                .setCount(3)
                                .setDocuments(documents)
                                .setTemplate(template)))
                .build();
    }

    @Test
    void documentSetsAreResolvedAndCarried() {
        Evaluation evaluation = create("", BASE, passages(FakeCatalog.MANUAL + "latest", ""));
        assertThat(evaluation
                        .getArms(1)
                        .getArm()
                        .getPromptings(0)
                        .getRetrieval()
                        .getDocuments())
                .isEqualTo(FakeCatalog.MANUAL + "2");
        assertThat(evaluation.getOtherVersionsList())
                .extracting(DatasetVersion::getName)
                .containsExactly(FakeCatalog.MANUAL + "2");
    }

    @Test
    void whatCannotBeLookedUpIsNamed() {
        String retrieval = "spec.config.arms[0].promptings[0].retrieval.";
        refused(
                retrieval + "documents",
                "expected a document set, as dataset push --documents makes it, got " + FakeCatalog.DATASET
                        + "3, which has PROMPT_COMPLETION rows",
                passages(FakeCatalog.DATASET + "latest", ""));
        refused(
                retrieval + "documents",
                "expected a resource of projects/default, got projects/p/datasets/m/versions/1",
                passages("projects/p/datasets/m/versions/1", ""));
        refused(
                retrieval + "template",
                "expected a text with {passages} and {question} once each",
                passages("", "{passages} {passages} {question}"));
        EvaluationSpec.Builder asked = spec(BASE).setDatasetVersion(FakeCatalog.MANUAL + "latest");
        assertThatThrownBy(() -> create("", asked)).hasMessageContaining("a document set");
    }

    @Test
    void whatCannotBeComparedIsNamed() {
        String other = stage.catalog.adapter(5, "another", ModelVersion.State.APPROVED);
        String revoked = stage.catalog.adapter(6, FakeCatalog.BASE_DIGEST, ModelVersion.State.REVOKED);
        refused("spec.config.arms", "expected one arm or more, got none");
        refused("spec.config.arms[1].name", "expected each name once, got base twice", BASE, BASE);
        refused(
                "spec.config.arms[0].model_version",
                "expected an adapter of projects/default/bases/tiny, got " + other
                        + ", which is one of projects/default/bases/of-another",
                version("other", other));
        refused(
                "spec.config.arms[0].model_version",
                "expected a version that is not revoked, got " + revoked,
                version("revoked", revoked));
        refused(
                "spec.config.arms[0].promptings[0].examples.count",
                "expected at most 12, the rows of the train split, got 13 for arm many",
                Arm.newBuilder()
                        .setName("many")
                        .addPromptings(Prompting.newBuilder()
                                .setExamples(Examples.newBuilder().setCount(13)))
                        .build());
        refused(
                "spec.config.arms[0].model",
                "expected BASE or MODEL_VERSION, got TUNED, which only a training run has",
                Arm.newBuilder().setName("tuned").setModel(ArmModel.TUNED).build());
        refused(
                "spec.config.arms",
                "expected arms whose texts have at most 102,400 bytes together, got 110,018",
                BASE.toBuilder()
                        .addPromptings(Prompting.newBuilder().setInstruction("x".repeat(110_000)))
                        .build());
        assertThatThrownBy(() -> create("", version("none", "projects/default/models/tickets/versions/99")))
                .hasMessage("projects/default/models/tickets/versions/99 does not exist");
        stage.catalog.testRows = 0;
        refused(
                "spec.split",
                "expected a split with rows, got test of %s3, which has none; it has abroad"
                        .formatted(FakeCatalog.DATASET),
                BASE);
    }

    @Test
    void everySplitButTrainCanBeAsked() {
        EvaluationSpec.Builder abroad = spec(BASE).setSplit("abroad");
        assertThat(create("", abroad).getSpec().getSplit()).isEqualTo("abroad");
        assertThatThrownBy(() -> create("", spec(BASE).setSplit("train")))
                .hasMessageContaining("another split than train");
        assertThatThrownBy(() -> create("", spec(BASE).setSplit("moon"))).hasMessageContaining("it has test, abroad");
    }

    @Test
    void aVersionOfAnotherTemplateContractIsNoArm() {
        String other = stage.catalog.adapterOfAnotherContract(7);
        refused(
                "spec.config.arms[0].model_version",
                "expected a version of the template contract contract-a of projects/default/bases/tiny, got contract-b of "
                        + other,
                version("other", other));
    }

    @Test
    void rowsThatAreAllTextHaveNoQuestionToInstructFor() {
        stage.catalog.format = RowFormat.TEXT;
        assertThat(create("", spec(BASE)).getArmsCount()).isEqualTo(1);
        refused(
                "spec.config.arms[0]",
                "expected an arm without instruction, examples and choices for rows that are all text, got few",
                Arm.newBuilder()
                        .setName("few")
                        .addPromptings(Prompting.newBuilder()
                                .setExamples(Examples.newBuilder().setCount(2)))
                        .build());
        EvaluationSpec.Builder classes = spec(BASE);
        classes.getConfigBuilder().setTask(Task.CLASSIFICATION);
        assertThatThrownBy(() -> create("", classes)).hasMessageContaining("expected TEXT for rows that are all text");
    }

    @Test
    void aTextThatIsNoSchemaIsRefused() {
        EvaluationSpec.Builder spec = spec(BASE);
        spec.getConfigBuilder().setJsonSchema("{\"type\": ");
        assertThatThrownBy(() -> create("", spec))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        refused -> assertThat(refused.violations())
                                .extracting(FieldViolation::field)
                                .containsExactly("spec.config.json_schema"));
    }

    @Test
    void answersOfEqualArmsAreReusedWhereAskedFor() {
        Evaluation first = create("", BASE);
        stage.evaluations.tick();
        Stage.Worker worker = stage.worker(first.getName());
        worker.started(Stage.ROWS);
        worker.answers("base", 0, Stage.ROWS);
        worker.finished();
        EvaluationSpec.Builder spec = spec(BASE.toBuilder().setName("zero-shot").build());
        spec.getConfigBuilder().setReuseAnswers(true).setMaxNewTokens(16);
        Evaluation second = create("", spec);
        assertThat(stage.evaluations.get(second.getName()).getResults()).isEqualTo(Stage.ROWS);
        spec.getConfigBuilder().setMaxNewTokens(17);
        assertThat(stage.evaluations.get(create("", spec).getName()).getResults())
                .isZero();
    }

    private static Arm version(String name, String version) {
        return Arm.newBuilder()
                .setName(name)
                .setModel(ArmModel.MODEL_VERSION)
                .setModelVersion(version)
                .build();
    }

    private void refused(String field, String problem, Arm... arms) {
        assertThatThrownBy(() -> create("", arms))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        refused -> assertThat(refused.violations()).contains(new FieldViolation(field, problem)));
    }

    private Evaluation create(String requestId, Arm... arms) {
        return create(requestId, spec(arms));
    }

    private static EvaluationSpec.Builder spec(Arm... arms) {
        EvaluationSpec.Builder spec = EvaluationSpec.newBuilder()
                .setDatasetVersion(FakeCatalog.DATASET + "latest")
                .setBase(FakeCatalog.BASE);
        spec.getConfigBuilder().addAllArms(List.of(arms));
        return spec;
    }

    private Evaluation create(String requestId, EvaluationSpec.Builder spec) {
        stage.clock.advance(Duration.ofMillis(5));
        return stage.evaluations.create(CreateEvaluationRequest.newBuilder()
                .setParent("projects/default")
                .setRequestId(requestId)
                .setSpec(spec)
                .build());
    }
}
