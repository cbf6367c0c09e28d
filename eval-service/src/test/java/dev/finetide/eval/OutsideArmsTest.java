package dev.finetide.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.ApiException.FieldViolation;
import dev.finetide.proto.evaluation.v1.Answering;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.CreateEvaluationRequest;
import dev.finetide.proto.evaluation.v1.Endpoint;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationSpec;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.proto.evaluation.v1.Task;
import dev.finetide.proto.training.v1.EvaluationConfig;
import dev.finetide.proto.training.v1.TrainingRun;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Arms whose answers come from outside of the engine, from the request to the worker's task.
class OutsideArmsTest {
    private final Stage stage = new Stage();

    private static Arm.Builder arm(ArmModel model) {
        return Arm.newBuilder().setName("arm").setModel(model);
    }

    private static Arm endpoint(String url) {
        return arm(ArmModel.ENDPOINT)
                .setEndpoint(Endpoint.newBuilder().setUrl(url).setModel("m"))
                .build();
    }

    private Evaluation create(Arm arm) {
        return create(EvaluationConfig.newBuilder().addArms(arm).build());
    }

    private Evaluation create(EvaluationConfig config) {
        return stage.evaluations.create(CreateEvaluationRequest.newBuilder()
                .setParent("projects/default")
                .setSpec(EvaluationSpec.newBuilder()
                        .setDatasetVersion(FakeCatalog.DATASET + "latest")
                        .setBase(FakeCatalog.BASE)
                        .setConfig(config))
                .build());
    }

    private void refused(String field, String problem, Arm arm) {
        assertThatThrownBy(() -> create(arm))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        refusal -> assertThat(refusal.violations())
                                .contains(new FieldViolation("spec.config.arms[0]." + field, problem)));
    }

    @Test
    void anEndpointOfAnAllowedHostIsAnArm() {
        Evaluation evaluation = create(endpoint("https://MODELS.test/v1"));
        assertThat(evaluation.getArms(0).getArm().getEndpoint().getModel()).isEqualTo("m");
        assertThat(evaluation.getTotalResults()).isEqualTo(Stage.ROWS);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            https://models.test.evil.org/v1 | expected a host of eval-service's evaluation.endpoint-hosts, got models.test.evil.org
            http://models.test/v1           | expected https, got http, which only this machine's own addresses may use
            https://u:secret@models.test/v1 | expected an address without user, query and fragment: the key has a field of its own
            https://models.test/v1?key=a    | expected an address without user, query and fragment: the key has a field of its own
            https:///v1                     | expected https://HOST/PATH, got no host
            """)
    void anAddressThatMayNotBeCalledIsRefused(String url, String problem) {
        refused("endpoint.url", problem, endpoint(url));
    }

    @Test
    void aHostIsAllowedByAnOperatorAlone() {
        assertThat(new EndpointHosts(Set.of()).problem(endpoint("https://a.org/v1")))
                .isPresent();
        assertThat(new EndpointHosts(Set.of("A.org ")).problem(endpoint("https://a.org/v1")))
                .isEmpty();
        assertThat(EndpointHosts.ALL.problem(endpoint("http://127.0.0.1:8000/v1")))
                .isEmpty();
        assertThat(new EndpointHosts(Set.of()).problem(arm(ArmModel.LINEAR).build()))
                .isEmpty();
    }

    @Test
    void theArmOfARunWhoseHostIsNotAllowedFailsAlone() {
        TrainingRun.Builder run = stage.aRun(Stage.ROWS).toBuilder();
        run.getConfigBuilder()
                .getEvaluationBuilder()
                .addArms(Arm.newBuilder().setName("base").setModel(ArmModel.BASE))
                .addArms(endpoint("https://elsewhere.org/v1"));
        stage.evaluations.onSucceeded(run.build());
        Evaluation evaluation = stage.ofRun(run.build());
        assertThat(evaluation.getArms(0).hasError()).isFalse();
        assertThat(evaluation.getArms(1).getError().getMessage())
                .isEqualTo(
                        "endpoint.url: expected a host of eval-service's evaluation.endpoint-hosts, got elsewhere.org");
    }

    @Test
    void whatContradictsTheModelIsRefused() {
        refused(
                "endpoint",
                "expected it exactly beside model ENDPOINT, got model ENDPOINT",
                arm(ArmModel.ENDPOINT).build());
        refused(
                "frozen_answers",
                "expected it exactly beside model FROZEN, got model LINEAR",
                arm(ArmModel.LINEAR)
                        .setFrozenAnswers(FakeCatalog.DATASET + "latest")
                        .build());
        refused(
                "answering",
                "expected GENERATE beside model ENDPOINT, got CHOOSE",
                endpoint("https://models.test/v1").toBuilder()
                        .setAnswering(Answering.CHOOSE)
                        .build());
        refused(
                "promptings",
                "expected one way to ask an endpoint, because every trial is paid for, got 2",
                endpoint("https://models.test/v1").toBuilder()
                        .addPromptings(Prompting.getDefaultInstance())
                        .addPromptings(Prompting.newBuilder().setTaskInstruction(true))
                        .build());
        refused(
                "promptings",
                "expected none beside model LINEAR, got 1",
                arm(ArmModel.LINEAR)
                        .addPromptings(Prompting.getDefaultInstance())
                        .build());
        assertThatThrownBy(() -> create(EvaluationConfig.newBuilder()
                        .setTask(Task.FREE_TEXT)
                        .addArms(arm(ArmModel.LINEAR))
                        .build()))
                .hasMessageContaining("expected another model than LINEAR for FREE_TEXT, because it needs labels");
    }

    @Test
    void collectedAnswersAreResolvedAndGoToTheWorker() {
        Evaluation evaluation = create(arm(ArmModel.FROZEN)
                .setFrozenAnswers(FakeCatalog.DATASET + "latest")
                .build());
        assertThat(evaluation.getArms(0).getArm().getFrozenAnswers()).isEqualTo(FakeCatalog.DATASET + "3");
        assertThat(evaluation.getOtherVersionsList())
                .singleElement()
                .satisfies(version -> assertThat(version.getDigest()).isEqualTo("tickets-3"));
        stage.evaluations.tick();
        assertThat(stage.launcher.started().getLast().getEvaluate().getOtherVersionsList())
                .isEqualTo(evaluation.getOtherVersionsList());
        assertThatThrownBy(() -> create(arm(ArmModel.FROZEN)
                        .setFrozenAnswers("projects/default/datasets/none/versions/1")
                        .build()))
                .hasMessage("projects/default/datasets/none/versions/1 does not exist");
    }

    @Test
    void armsFromElsewhereAreEqualOnlyWhereTheirAnswersAre() {
        Arm one = endpoint("https://models.test/v1");
        assertThat(key(one))
                .isEqualTo(key(one.toBuilder()
                        .setEndpoint(one.getEndpoint().toBuilder().setRequestsAtOnce(9))
                        .build()))
                .isNotEqualTo(key(one.toBuilder()
                        .setEndpoint(one.getEndpoint().toBuilder().setModel("other"))
                        .build()))
                .isNotEqualTo(key(arm(ArmModel.LINEAR).build()));
        assertThat(key(arm(ArmModel.LINEAR).build()))
                .isNotEqualTo(key(arm(ArmModel.BASE).build()));
        assertThat(key(arm(ArmModel.BASE).build()))
                .isEqualTo(key(arm(ArmModel.ARM_MODEL_UNSPECIFIED).build()));
    }

    private Set<String> key(Arm arm) {
        Map<String, String> keys = EqualArms.keys(create(
                EvaluationConfig.newBuilder().addArms(arm).setMaxNewTokens(8).build()));
        return keys.keySet();
    }
}
