package dev.finetide.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.auth.Identity;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.limit.Limit;
import dev.finetide.kit.limit.TestLimits;
import dev.finetide.proto.dataset.v1.Fitness;
import dev.finetide.proto.dataset.v1.SuitabilityVerdict;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.evaluation.v1.Advice;
import dev.finetide.proto.evaluation.v1.AdvicePhase;
import dev.finetide.proto.evaluation.v1.AdviceSpec;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmPreparation;
import dev.finetide.proto.evaluation.v1.BehaviourKind;
import dev.finetide.proto.evaluation.v1.CancelAdviceRequest;
import dev.finetide.proto.evaluation.v1.CreateAdviceRequest;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.EvaluationRows;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.proto.evaluation.v1.Retrieval;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.training.v1.CreateTrainingRunRequest;
import dev.finetide.proto.training.v1.Method;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.work.v1.State;
import io.grpc.Context;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AdvisorTest {
    private static final String PARENT = "projects/default";

    private final Stage stage = new Stage();
    private final FakeTrainingRuns runs = new FakeTrainingRuns();
    private final InMemoryAdviceStore store = new InMemoryAdviceStore();
    private Optional<SuitabilityVerdict> forecast = Optional.empty();
    private Advisor advisor = advisor();

    private Advisor advisor() {
        return new Advisor(
                store,
                stage.catalog,
                new AdviceSteps(stage.evaluations, new AdviceTrainings(runs, stage.evaluations), version -> forecast),
                stage.limits,
                stage.clock);
    }

    @Test
    void theBaseIsAskedThenATrainingIsEstimatedMadeAndCompared() {
        String name = create(AdviceSpec.newBuilder()).getName();
        answerUntrained(name, rows().build());
        tick(2);
        assertThat(advice(name).getPhase()).isEqualTo(AdvicePhase.ESTIMATING);
        TrainingRun dry = runs.created.getLast();
        assertThat(dry.getConfig().getDryRun()).isTrue();
        runs.succeed(dry.getName(), 60, "");
        tick(3);
        TrainingRun run = runs.created.getLast();
        assertThat(run.getConfig().getDryRun()).isFalse();
        assertThat(run.getConfig().getEvaluation().getReuseAnswers()).isTrue();
        assertThat(run.getConfig().getEvaluation().getArmsList())
                .extracting(arm -> arm.getName())
                .containsExactly("base", "instruction", "few-shot", "tuned", "tuned-few-shot");
        runs.succeed(run.getName(), 0, "projects/default/models/tickets/versions/1");
        stage.evaluations.onSucceeded(runs.get(run.getName()));
        Evaluation ofRun = stage.evaluations.ofRun(run.getName()).orElseThrow();
        assertThat(ofRun.getResults()).as("answers that are reused").isEqualTo(3 * Stage.ROWS);
        answer(ofRun.getName(), rows().build());
        tick(4);
        Advice done = advice(name);
        assertThat(done.getState()).isEqualTo(State.SUCCEEDED);
        assertThat(done.getEvaluation()).isEqualTo(ofRun.getName());
        assertThat(done.getReport().getArmsCount()).isEqualTo(5);
        assertThat(done.getReport().getRecommendation().getAdvice()).isNotEmpty();
    }

    /// Who may not approve what she has trained may not do so by advice either.
    @Test
    void theRunsOfAdviceAreThoseOfWhoAskedForIt() throws Exception {
        String name = new Identity("alice", "test", Identity.Kind.USER, Map.of())
                .in(Context.current())
                .call(() -> create(AdviceSpec.newBuilder()).getName());
        assertThat(advice(name).getSubmitter()).isEqualTo("alice");
        answerUntrained(name, rows().build());
        tick(2);
        assertThat(runs.created).isNotEmpty().allMatch(run -> run.getSubmitter().equals("alice"));
    }

    @Test
    void whereAnArmLooksUpATrainingLearnsWithItsPassages() {
        AdviceSpec.Builder spec = AdviceSpec.newBuilder();
        spec.getEvaluationBuilder()
                .addArms(Arm.newBuilder()
                        .setName(AdviceArms.PASSAGES)
                        .addPromptings(Prompting.newBuilder()
                                .setRetrieval(Retrieval.newBuilder()
                                        .setCount(2)
                                        .setDocuments(FakeCatalog.MANUAL + "latest"))));
        String name = create(spec).getName();
        answerUntrained(name, rows().build());
        tick(2);
        runs.succeed(runs.created.getLast().getName(), 60, "");
        tick(2);
        TrainingRun dry = runs.created.getLast();
        assertThat(dry.getConfig().getPassages().getDocuments()).isEqualTo(FakeCatalog.MANUAL + "2");
        runs.succeed(dry.getName(), 70, "");
        tick(3);
        trained(runs.created.getLast(), 1, Retrieval.getDefaultInstance());
        tick(3);
        TrainingRun looking = runs.created.getLast();
        assertThat(looking.getConfig().getPassages()).isEqualTo(dry.getConfig().getPassages());
        assertThat(looking.getConfig().getEvaluation().getArmsList())
                .extracting(arm -> arm.getName())
                .containsExactly("base", "instruction", "few-shot", "passages", "tuned");
        trained(looking, 2, looking.getConfig().getPassages());
        tick(4);
        Evaluation all = stage.evaluations.get(advice(name).getEvaluation());
        assertThat(all.getArmsList())
                .extracting(arm -> arm.getArm().getName())
                .containsExactly(
                        "base",
                        "instruction",
                        "few-shot",
                        "passages",
                        "lora",
                        "lora-few-shot",
                        "lora-passages",
                        "lora-with-passages");
        assertThat(all.getArms(7).getArm().getPromptings(0).getRetrieval())
                .isEqualTo(dry.getConfig().getPassages());
    }

    /// Ends a training as a version of the registry, whose evaluation is answered.
    private void trained(TrainingRun run, int number, Retrieval passages) {
        String version = stage.catalog.adapter(number, FakeCatalog.BASE_DIGEST, ModelVersion.State.APPROVED);
        if (passages.getCount() > 0) {
            stage.catalog.trainedWith(version, passages);
        }
        runs.succeed(run.getName(), 0, version);
        stage.evaluations.onSucceeded(runs.get(run.getName()));
        answer(stage.evaluations.ofRun(run.getName()).orElseThrow().getName(), rows().build());
    }

    @Test
    void probesAreForTheTrainedArmsAndTheBaseIsProbedOnceThereAreSome() {
        AdviceSpec.Builder spec = AdviceSpec.newBuilder();
        spec.getEvaluationBuilder()
                .getBehaviourBuilder()
                .addProbes(BehaviourKind.FORGETTING)
                .addDatasets(FakeCatalog.DATASET + "latest");
        String name = create(spec).getName();
        tick(1);
        assertThat(stage.evaluations.get(advice(name).getUntrainedEvaluation()).getArmsList())
                .noneMatch(EvaluationArm::getProbed);
        answerUntrained(name, rows().build());
        tick(2);
        runs.succeed(runs.created.getLast().getName(), 60, "");
        tick(3);
        TrainingRun run = runs.created.getLast();
        assertThat(run.getConfig().getEvaluation().getBehaviour().getDatasetsList())
                .containsExactly(FakeCatalog.DATASET + 3);
        runs.succeed(run.getName(), 0, "projects/default/models/tickets/versions/1");
        stage.evaluations.onSucceeded(runs.get(run.getName()));
        assertThat(stage.evaluations.ofRun(run.getName()).orElseThrow().getArmsList())
                .filteredOn(EvaluationArm::getProbed)
                .extracting(arm -> arm.getArm().getName())
                .containsExactly("base", "tuned", "tuned-few-shot");
    }

    @Test
    void whatDoesNotFitTheBudgetIsLeftOut() {
        String name = create(AdviceSpec.newBuilder().setBudgetSeconds(30)).getName();
        answerUntrained(name, rows().build());
        tick(2);
        runs.succeed(runs.created.getLast().getName(), 60, "");
        tick(5);
        Advice done = advice(name);
        assertThat(done.getState()).isEqualTo(State.SUCCEEDED);
        assertThat(done.getRuns(0).getLeftOut()).isEqualTo("it would take 60 s, and 30 of 30 s are left of the budget");
        assertThat(done.getEvaluation()).isEqualTo(done.getUntrainedEvaluation());
        assertThat(runs.created).hasSize(1);
    }

    @Test
    void contradictingAnswersAreNotTrained() {
        EvaluationRows.Builder rows = rows();
        rows.getDataBuilder().setTrainRows(12).setContradictingRows(6);
        String name = create(AdviceSpec.newBuilder()).getName();
        answerUntrained(name, rows.build());
        tick(3);
        Advice done = advice(name);
        assertThat(done.getState()).isEqualTo(State.SUCCEEDED);
        assertThat(done.getRuns(0).getLeftOut()).startsWith("6 of 12 train rows");
        assertThat(done.getReport().getRecommendation().getAdvice()).startsWith("Do not train");
        assertThat(runs.created).isEmpty();
    }

    @Test
    void measurementAndForecastAreHeldTogether() {
        forecast = Optional.of(SuitabilityVerdict.newBuilder()
                .setFitness(Fitness.FITS)
                .setSentence("Fine-tuning fits these rows.")
                .build());
        EvaluationRows.Builder rows = rows();
        rows.getDataBuilder().setTrainRows(12).setContradictingRows(6);
        String name = create(AdviceSpec.newBuilder()).getName();
        answerUntrained(name, rows.build());
        tick(3);
        assertThat(advice(name).getReport().getRecommendation().getCautionsList())
                .contains("measurement and forecast disagree: the report on the rows says"
                        + " \"Fine-tuning fits these rows.\"");
    }

    @Test
    void whatExistsIsUsedAgain() {
        String first = create(AdviceSpec.newBuilder().setBudgetSeconds(1)).getName();
        answerUntrained(first, rows().build());
        tick(2);
        TrainingRun dry = runs.created.getLast();
        runs.succeed(dry.getName(), 60, "");
        tick(5);
        String version = stage.catalog.adapter(7, FakeCatalog.BASE_DIGEST, ModelVersion.State.APPROVED);
        TrainingRun earlier = runs.create(CreateTrainingRunRequest.newBuilder()
                .setParent(PARENT)
                .setConfig(dry.getConfig().toBuilder().clearDryRun().setModel("projects/default/models/other"))
                .build());
        runs.succeed(earlier.getName(), 0, version);
        String second = create(AdviceSpec.newBuilder()).getName();
        tick(3);
        assertThat(advice(second).getUntrainedEvaluation())
                .isEqualTo(advice(first).getUntrainedEvaluation());
        runs.succeed(runs.created.getLast().getName(), 60, "");
        tick(4);
        Advice compared = advice(second);
        assertThat(compared.getRuns(0).getReused()).isTrue();
        assertThat(compared.getRuns(0).getTrainingRun()).isEqualTo(earlier.getName());
        Evaluation all = stage.evaluations.get(compared.getEvaluation());
        assertThat(all.getArmsList())
                .extracting(arm -> arm.getArm().getName())
                .containsExactly("base", "instruction", "few-shot", "lora", "lora-few-shot");
        assertThat(all.getResults()).as("answers that are reused").isEqualTo(3 * Stage.ROWS);
    }

    @Test
    void adviceOutlivesARestartAndAnUnreachableService() {
        String name = create(AdviceSpec.newBuilder()).getName();
        answerUntrained(name, rows().build());
        advisor = advisor();
        runs.unreachable = true;
        tick(3);
        assertThat(advice(name).getState()).isEqualTo(State.RUNNING);
        assertThat(runs.created).isEmpty();
        runs.unreachable = false;
        tick(1);
        assertThat(runs.created).hasSize(1);
    }

    @Test
    void aStepBeyondTheProjectsLimitWaitsAndSaysSo() {
        String name = create(AdviceSpec.newBuilder()).getName();
        answerUntrained(name, rows().build());
        runs.full = true;
        tick(3);
        assertThat(advice(name).getState()).isEqualTo(State.RUNNING);
        assertThat(advice(name).getDoing()).isEqualTo("waits: projects/default has 20 runs that wait");
        assertThat(advice(name).getRuns(0).getLeftOut()).isEmpty();
        runs.full = false;
        tick(1);
        assertThat(runs.created).hasSize(1);
        assertThat(advice(name).getDoing()).doesNotContain("waits");
    }

    @Test
    void anEvaluationBeyondTheProjectsLimitKeepsTheAdviceWaiting() {
        stage.limits = TestLimits.of(Limit.QUEUED_RUNS, 1);
        stage.restart();
        advisor = advisor();
        stage.evaluations.onSucceeded(stage.aRun(Stage.ROWS));
        String name = create(AdviceSpec.newBuilder()).getName();
        tick(1);
        assertThat(advice(name).getUntrainedEvaluation()).isEmpty();
        assertThat(advice(name).getDoing()).startsWith("waits: projects/default has 1 evaluations that wait");
        stage.evaluations.tick(); // the first one begins
        tick(1);
        assertThat(advice(name).getUntrainedEvaluation()).isNotEmpty();
    }

    @Test
    void aProjectHasSoMuchAdviceThatGoesOn() {
        stage.limits = TestLimits.of(Limit.QUEUED_RUNS, 1);
        advisor = advisor();
        String first = create(AdviceSpec.newBuilder()).getName();
        assertThatThrownBy(() -> create(AdviceSpec.newBuilder()))
                .hasMessage("projects/default has 1 advice that goes on, and may have 1:"
                        + " try again when there are fewer");
        advisor.cancel(CancelAdviceRequest.newBuilder().setName(first).build());
        create(AdviceSpec.newBuilder());
    }

    @Test
    void settingsThatTrainingRefusesLeaveTheMethodOut() {
        String name = create(AdviceSpec.newBuilder().addMethods(Method.FULL)).getName();
        answerUntrained(name, rows().build());
        runs.refusal = "config.learning_rate: expected more than 0";
        tick(6);
        assertThat(advice(name).getState()).isEqualTo(State.SUCCEEDED);
        assertThat(advice(name).getRuns(0).getLeftOut()).contains("config.learning_rate");
    }

    @Test
    void aCancelledAdviceStopsWhatItHasBegun() {
        String name = create(AdviceSpec.newBuilder()).getName();
        answerUntrained(name, rows().build());
        tick(2);
        advisor.cancel(CancelAdviceRequest.newBuilder().setName(name).build());
        assertThat(advice(name).getState()).isEqualTo(State.CANCELLED);
        assertThat(runs.cancelled).containsExactly(runs.created.getLast().getName());
        tick(2);
        assertThat(runs.created).hasSize(1);
    }

    @Test
    void whatTheAdviceSetsIsRefused() {
        assertThatThrownBy(() -> create(AdviceSpec.newBuilder()
                        .setTraining(TrainingConfig.newBuilder().setDryRun(true).setMethod(Method.LORA))))
                .isInstanceOfSatisfying(ApiException.class, refused -> {
                    assertThat(refused.reason()).isEqualTo(ErrorReason.INVALID_FIELD);
                    assertThat(refused.violations())
                            .extracting(violation -> violation.field())
                            .containsExactly("spec.training.method", "spec.training.dry_run");
                });
        assertThatThrownBy(() -> create(AdviceSpec.newBuilder()
                        .setTraining(TrainingConfig.newBuilder().setEpochs(0))))
                .hasMessageContaining("spec.training.epochs: expected 1 to 100000, got 0");
        stage.catalog.testRows = 0;
        assertThatThrownBy(() -> create(AdviceSpec.newBuilder()))
                .hasMessageContaining("expected a version with test rows");
    }

    private Advice create(AdviceSpec.Builder spec) {
        stage.clock.advance(Duration.ofMillis(5));
        return advisor.create(CreateAdviceRequest.newBuilder()
                .setParent(PARENT)
                .setSpec(spec.setDatasetVersion(FakeCatalog.DATASET + "latest").setBase(FakeCatalog.BASE))
                .build());
    }

    private Advice advice(String name) {
        return advisor.get(name);
    }

    private void tick(int times) {
        for (int i = 0; i < times; i++) {
            advisor.tick();
        }
    }

    private static EvaluationRows.Builder rows() {
        return Stage.someRows(Stage.ROWS).toBuilder();
    }

    private void answerUntrained(String name, EvaluationRows rows) {
        tick(1);
        answer(advice(name).getUntrainedEvaluation(), rows);
    }

    /// Plays the worker of an evaluation, which answers what is not answered yet.
    private void answer(String evaluation, EvaluationRows rows) {
        stage.evaluations.tick();
        Stage.Worker worker = stage.worker(evaluation);
        worker.startedWith(rows);
        List<EvaluationArm> arms = stage.evaluations.get(evaluation).getArmsList();
        for (EvaluationArm arm : arms) {
            worker.prepared(ArmPreparation.newBuilder()
                    .setArm(arm.getArm().getName())
                    .setPrompting(
                            arm.getArm().getPromptingsCount() == 0
                                    ? Prompting.getDefaultInstance()
                                    : arm.getArm().getPromptings(0))
                    .build());
            worker.answers(arm.getArm().getName(), 0, Stage.ROWS);
        }
        worker.finished();
        assertThat(stage.state(evaluation)).isEqualTo(State.SUCCEEDED);
    }
}
