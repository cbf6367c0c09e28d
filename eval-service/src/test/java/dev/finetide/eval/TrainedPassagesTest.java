package dev.finetide.eval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.ArmReport;
import dev.finetide.proto.evaluation.v1.CreateEvaluationRequest;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationSpec;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.proto.evaluation.v1.Retrieval;
import dev.finetide.proto.evaluation.v1.Retriever;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.training.v1.EvaluationConfig;
import dev.finetide.proto.training.v1.TrainingRun;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A model whose rows were learnt with passages is asked with passages, or the report says that it is not.
class TrainedPassagesTest {
    private static final Retrieval TRAINED = Retrieval.newBuilder()
            .setCount(3)
            .setDocuments(FakeCatalog.MANUAL + "2")
            .build();
    private static final Arm NONE = Arm.newBuilder()
            .setName("alone")
            .setModel(ArmModel.TUNED)
            .addPromptings(Prompting.getDefaultInstance())
            .build();

    private final Stage stage = new Stage();

    private static Arm tuned(String name, Prompting... promptings) {
        return Arm.newBuilder()
                .setName(name)
                .setModel(ArmModel.TUNED)
                .addAllPromptings(List.of(promptings))
                .build();
    }

    private static Prompting with(Retrieval retrieval) {
        return Prompting.newBuilder().setRetrieval(retrieval).build();
    }

    private Evaluation ofRun(Retrieval trained, Arm... arms) {
        TrainingRun.Builder run = stage.aRun(Stage.ROWS).toBuilder();
        run.getConfigBuilder().setPassages(trained).getEvaluationBuilder().addAllArms(List.of(arms));
        stage.evaluations.onSucceeded(run.build());
        return stage.ofRun(run.build());
    }

    private List<String> cautions(Evaluation evaluation, String arm) {
        stage.evaluations.tick();
        Stage.Worker worker = stage.worker(evaluation.getName());
        worker.started(Stage.ROWS);
        evaluation.getArmsList().forEach(each -> worker.answers(each.getArm().getName(), 0, Stage.ROWS));
        worker.finished();
        return stage.evaluations.get(evaluation.getName()).getReport().getArmsList().stream()
                .filter(report -> report.getArm().equals(arm))
                .map(ArmReport::getCautionsList)
                .findFirst()
                .orElseThrow()
                .stream()
                .toList();
    }

    @Test
    void theTunedArmOfARunIsAskedAsItsRowsWereLearnt() {
        Evaluation evaluation = ofRun(TRAINED);
        assertThat(evaluation.getArms(0).getArm().getPromptingsList())
                .as("the base is asked as before")
                .isEmpty();
        assertThat(evaluation.getArms(1).getArm().getPromptingsList()).containsExactly(with(TRAINED));
        assertThat(evaluation.getArms(1).getTrainedPassages()).isEqualTo(TRAINED);
        assertThat(evaluation.getOtherVersionsList())
                .extracting(DatasetVersion::getName)
                .containsExactly(FakeCatalog.MANUAL + "2");
        assertThat(cautions(evaluation, "tuned")).isEmpty();
    }

    @Test
    void anArmThatAsksOtherwiseIsDoubted() {
        Evaluation evaluation = ofRun(
                TRAINED,
                tuned("tuned"),
                NONE,
                tuned("more", with(TRAINED.toBuilder().setCount(5).build())),
                tuned(
                        "same",
                        with(TRAINED.toBuilder().setRetriever(Retriever.BM25).build())));
        List<String> alone = cautions(evaluation, "alone");
        assertThat(alone)
                .containsExactly(
                        "alone is asked without passages, and its model was trained with 3 passages looked up by words");
        List<ArmReport> arms =
                stage.evaluations.get(evaluation.getName()).getReport().getArmsList();
        assertThat(arms.get(0).getCautionsList()).isEmpty();
        assertThat(arms.get(2).getCautionsList())
                .containsExactly("more is asked with 5 passages looked up by words in " + FakeCatalog.MANUAL
                        + "2, and its model was trained with 3 passages looked up by words in " + FakeCatalog.MANUAL
                        + "2");
        assertThat(arms.get(3).getCautionsList()).isEmpty();
    }

    @Test
    void passagesForAModelThatNeverSawAnyAreDoubted() {
        assertThat(cautions(ofRun(Retrieval.getDefaultInstance(), tuned("rag", with(TRAINED))), "rag"))
                .containsExactly(
                        "rag is asked with 3 passages looked up by words, and its model was trained without passages");
    }

    @Test
    void theRecommendationRepeatsTheDoubtAboutItsArm() {
        Evaluation evaluation = ofRun(TRAINED, NONE);
        cautions(evaluation, "alone");
        assertThat(stage.evaluations
                        .get(evaluation.getName())
                        .getReport()
                        .getRecommendation()
                        .getCautionsList())
                .anySatisfy(caution -> assertThat(caution).startsWith("alone is asked without passages"));
    }

    @Test
    void aVersionOfTheRegistryIsAskedAsItsRowsWereLearnt() {
        String name = stage.catalog.adapter(4, FakeCatalog.BASE_DIGEST, ModelVersion.State.APPROVED);
        stage.catalog.trainedWith(name, TRAINED);
        Evaluation evaluation = stage.evaluations.create(CreateEvaluationRequest.newBuilder()
                .setParent("projects/default")
                .setSpec(EvaluationSpec.newBuilder()
                        .setDatasetVersion(FakeCatalog.DATASET + "latest")
                        .setBase(FakeCatalog.BASE)
                        .setConfig(EvaluationConfig.newBuilder()
                                .addArms(Arm.newBuilder()
                                        .setName("four")
                                        .setModel(ArmModel.MODEL_VERSION)
                                        .setModelVersion(name))))
                .build());
        assertThat(evaluation.getArms(0).getArm().getPromptingsList()).containsExactly(with(TRAINED));
        assertThat(evaluation.getOtherVersionsList())
                .extracting(DatasetVersion::getName)
                .containsExactly(FakeCatalog.MANUAL + "2");
    }
}
