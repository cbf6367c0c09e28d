package dev.finetide.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.ArmPreparation;
import dev.finetide.proto.evaluation.v1.Behaviour;
import dev.finetide.proto.evaluation.v1.BehaviourConfig;
import dev.finetide.proto.evaluation.v1.BehaviourKind;
import dev.finetide.proto.evaluation.v1.CreateEvaluationRequest;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.EvaluationRows;
import dev.finetide.proto.evaluation.v1.EvaluationSpec;
import dev.finetide.proto.evaluation.v1.ProbeRows;
import dev.finetide.proto.evaluation.v1.Verdict;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.training.v1.EvaluationConfig;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.worker.v1.AnsweredRows;
import dev.finetide.proto.worker.v1.EvaluateTask;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Evaluations whose trained arms are probed beside the task.
class ProbedEvaluationsTest {
    private static final String TEXTS = "general texts";
    private static final long PROBED = 8;
    private static final BehaviourConfig FORGETTING = BehaviourConfig.newBuilder()
            .addProbes(BehaviourKind.FORGETTING)
            .addDatasets(FakeCatalog.DATASET + 3)
            .build();

    private final Stage stage = new Stage();

    @Test
    void trainedArmsAndTheBaseAreProbedAndTheReportSaysWhatTheyForget() {
        Stage.Worker worker = worker(FORGETTING);
        worker.startedWith(rows());
        worker.answers("base", 0, Stage.ROWS);
        worker.answers("tuned", 0, Stage.ROWS);
        worker.finished();
        assertThat(stage.state(worker.evaluation))
                .as("without the rows of probes the evaluation is not whole")
                .isEqualTo(State.QUEUED);

        stage.evaluations.tick();
        Stage.Worker next = stage.worker(worker.evaluation);
        next.startedWith(rows());
        next.probed("base", TEXTS, 0, PROBED, 2);
        next.probed("tuned", TEXTS, 0, PROBED, 3);
        assertThat(stage.evaluations.get(worker.evaluation).getResults()).isEqualTo(2 * (Stage.ROWS + PROBED));
        assertThat(stage.evaluations.get(worker.evaluation).getTotalResults()).isEqualTo(2 * (Stage.ROWS + PROBED));
        next.finished();

        Evaluation ended = stage.evaluations.get(worker.evaluation);
        assertThat(ended.getState()).isEqualTo(State.SUCCEEDED);
        assertThat(ended.getReport().getArms(1).getRows()).isEqualTo(Stage.ROWS);
        Behaviour found = ended.getReport().getBehavioursList().stream()
                .filter(behaviour -> behaviour.getKind() == BehaviourKind.FORGETTING)
                .findFirst()
                .orElseThrow();
        assertThat(found.getArm() + " " + found.getBaseArm()).isEqualTo("tuned base");
        assertThat(found.getDifference()).isEqualTo(1);
        assertThat(found.getVerdict()).isEqualTo(Verdict.WORSE);
    }

    @Test
    void theWorkerIsToldWhatToProbeWithAndWhichArms() {
        worker(FORGETTING);
        EvaluateTask task = stage.launcher.started().getLast().getEvaluate();

        assertThat(task.getBehaviour()).isEqualTo(FORGETTING);
        assertThat(task.getArmsList()).extracting(EvaluationArm::getProbed).containsExactly(true, true);
        assertThat(task.getOtherVersionsList())
                .extracting(version -> version.getName())
                .containsExactly(FakeCatalog.DATASET + 3);
    }

    @Test
    void aSuccessorGoesOnWithTheRowsOfProbesThatAreLeft() {
        Stage.Worker worker = worker(FORGETTING);
        worker.startedWith(rows());
        worker.answers("tuned", 0, 2);
        worker.probed("tuned", TEXTS, 0, 3, 2);

        List<AnsweredRows> answered = stage.claim(
                        worker.evaluation,
                        stage.evaluations.get(worker.evaluation).getAttempt())
                .getAnsweredList();

        assertThat(answered)
                .extracting(rows -> rows.getArm() + "/" + rows.getProbe() + " "
                        + BitSet.valueOf(rows.getRows().toByteArray()))
                .containsExactlyInAnyOrder("tuned/ {0, 1}", "tuned/" + TEXTS + " {0, 1, 2}");
    }

    @Test
    void aResultOfAProbeThatTheArmDoesNotAnswerIsRefused() {
        Stage.Worker worker = worker(FORGETTING);
        worker.startedWith(rows());
        assertThatThrownBy(() -> worker.probed("tuned", "another", 0, 1, 2))
                .hasMessageContaining("expected a row below 0 of a probe of arm tuned");
        assertThatThrownBy(() -> worker.probed("tuned", TEXTS, PROBED, PROBED + 1, 2))
                .hasMessageContaining("expected a row below " + PROBED);
    }

    @Test
    void withoutAProbeOrATrainedArmNothingIsProbed() {
        String version = stage.catalog.adapter(4, FakeCatalog.BASE_DIGEST, ModelVersion.State.APPROVED);
        assertThat(create(FORGETTING, base()).getArmsList()).noneMatch(EvaluationArm::getProbed);
        assertThat(create(BehaviourConfig.getDefaultInstance(), base(), tuned(version))
                        .getArmsList())
                .noneMatch(EvaluationArm::getProbed);
        assertThat(create(
                                FORGETTING,
                                base(),
                                base().toBuilder().setName("second").build(),
                                tuned(version))
                        .getArmsList())
                .extracting(EvaluationArm::getProbed)
                .containsExactly(true, false, true);
    }

    @Test
    void namesAreResolvedAndWhatCannotBeIsNamed() {
        String version = stage.catalog.adapter(4, FakeCatalog.BASE_DIGEST, ModelVersion.State.APPROVED);
        BehaviourConfig latest = FORGETTING.toBuilder()
                .setDatasets(0, FakeCatalog.DATASET + "latest")
                .setOutOfDomain("abroad")
                .build();

        Evaluation evaluation = create(latest, base(), tuned(version));

        assertThat(evaluation.getSpec().getConfig().getBehaviour().getDatasets(0))
                .isEqualTo(FakeCatalog.DATASET + 3);
        refused(
                FORGETTING.toBuilder().setDatasets(0, FakeCatalog.MANUAL + "latest"),
                "spec.config.behaviour.datasets[0]",
                "a document set");
        refused(
                FORGETTING.toBuilder().setOutOfDomain("nowhere"),
                "spec.config.behaviour.out_of_domain",
                "expected a split with rows, got nowhere of " + FakeCatalog.DATASET + "3, which has none");
        refused(
                FORGETTING.toBuilder().setOutOfDomain("train"),
                "spec.config.behaviour.out_of_domain",
                "expected another split than train");
        refused(
                FORGETTING.toBuilder().setDatasets(0, "projects/p/datasets/other/versions/1"),
                "spec.config.behaviour.datasets[0]",
                "expected a resource of projects/default");
        refused(
                BehaviourConfig.newBuilder().setRows(5),
                "spec.config.behaviour.probes",
                "expected a kind of behaviour beside other settings of probes, got none");
        refused(
                BehaviourConfig.newBuilder().addProbesValue(0),
                "spec.config.behaviour.probes[0]",
                "expected a kind of behaviour, got none");
    }

    @Test
    void aDatasetThatIsGoneWhenTheRunEndsIsLeftToTheWorkerToName() {
        worker(FORGETTING.toBuilder()
                .setDatasets(0, "projects/default/datasets/gone/versions/1")
                .build());
        assertThat(stage.launcher.started().getLast().getEvaluate().getOtherVersionsList())
                .isEmpty();
    }

    @Test
    void answersOfAnEvaluationWithoutProbesAreReusedAndOnlyTheProbesAreAsked() {
        String version = stage.catalog.adapter(4, FakeCatalog.BASE_DIGEST, ModelVersion.State.APPROVED);
        Evaluation plain = create(BehaviourConfig.getDefaultInstance(), base(), tuned(version));
        stage.evaluations.tick();
        Stage.Worker worker = stage.worker(plain.getName());
        worker.startedWith(rows().toBuilder().clearProbes().build());
        for (String arm : List.of("base", "tuned")) {
            worker.prepared(ArmPreparation.newBuilder().setArm(arm).build());
            worker.answers(arm, 0, Stage.ROWS);
        }
        worker.finished();

        Evaluation probed = create(FORGETTING, base(), tuned(version));

        assertThat(probed.getResults()).isEqualTo(2 * Stage.ROWS);
        stage.evaluations.tick();
        Stage.Worker next = stage.worker(probed.getName());
        next.startedWith(rows());
        assertThat(stage.evaluations.get(probed.getName()).getTotalResults()).isEqualTo(2 * (Stage.ROWS + PROBED));
        next.probed("base", TEXTS, 0, PROBED, 2);
        next.probed("tuned", TEXTS, 0, PROBED, 2);
        next.finished();
        assertThat(stage.state(probed.getName())).isEqualTo(State.SUCCEEDED);
    }

    private Stage.Worker worker(BehaviourConfig behaviour) {
        TrainingRun.Builder run = stage.aRun(Stage.ROWS).toBuilder();
        run.getConfigBuilder().getEvaluationBuilder().setBehaviour(behaviour);
        stage.evaluations.onSucceeded(run.build());
        stage.evaluations.tick();
        return stage.worker(stage.ofRun(run.build()).getName());
    }

    private static EvaluationRows rows() {
        return Stage.someRows(Stage.ROWS).toBuilder()
                .addProbes(ProbeRows.newBuilder()
                        .setName(TEXTS)
                        .setKind(BehaviourKind.FORGETTING)
                        .setRows(PROBED))
                .build();
    }

    private static Arm base() {
        return Arm.newBuilder().setName("base").setModel(ArmModel.BASE).build();
    }

    private static Arm tuned(String version) {
        return Arm.newBuilder()
                .setName("tuned")
                .setModel(ArmModel.MODEL_VERSION)
                .setModelVersion(version)
                .build();
    }

    private Evaluation create(BehaviourConfig behaviour, Arm... arms) {
        return stage.evaluations.create(CreateEvaluationRequest.newBuilder()
                .setParent("projects/default")
                .setSpec(EvaluationSpec.newBuilder()
                        .setDatasetVersion(FakeCatalog.DATASET + "latest")
                        .setBase(FakeCatalog.BASE)
                        .setConfig(EvaluationConfig.newBuilder()
                                .setMaxNewTokens(16)
                                .setReuseAnswers(true)
                                .setBehaviour(behaviour)
                                .addAllArms(List.of(arms))))
                .build());
    }

    private void refused(BehaviourConfig.Builder behaviour, String field, String problem) {
        assertThatThrownBy(() -> create(behaviour.build(), base()))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        refused -> assertThat(refused.violations()).anySatisfy(violation -> {
                            assertThat(violation.field()).isEqualTo(field);
                            assertThat(violation.description()).contains(problem);
                        }));
    }
}
