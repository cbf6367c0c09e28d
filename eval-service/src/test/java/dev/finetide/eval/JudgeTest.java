package dev.finetide.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.ApiException.FieldViolation;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.CreateEvaluationRequest;
import dev.finetide.proto.evaluation.v1.Endpoint;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationSpec;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.JudgeConfig;
import dev.finetide.proto.evaluation.v1.JudgeReply;
import dev.finetide.proto.evaluation.v1.Preference;
import dev.finetide.proto.training.v1.EvaluationConfig;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.proto.worker.v1.WorkerSpec;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The judge of an evaluation, from the request to the report.
class JudgeTest {
    private final Stage stage = new Stage();

    private static JudgeConfig.Builder judge() {
        return JudgeConfig.newBuilder()
                .setEndpoint(
                        Endpoint.newBuilder().setUrl("https://models.test/v1").setModel("some-judge"));
    }

    private static Arm arm(String name) {
        return Arm.newBuilder().setName(name).setModel(ArmModel.BASE).build();
    }

    private Evaluation create(JudgeConfig judge, Arm... arms) {
        return stage.evaluations.create(CreateEvaluationRequest.newBuilder()
                .setParent("projects/default")
                .setSpec(EvaluationSpec.newBuilder()
                        .setDatasetVersion(FakeCatalog.DATASET + "latest")
                        .setBase(FakeCatalog.BASE)
                        .setConfig(EvaluationConfig.newBuilder().addAllArms(List.of(arms)))
                        .setJudge(judge))
                .build());
    }

    private Evaluation create(JudgeConfig judge) {
        return create(judge, arm("base"), arm("other"));
    }

    private void refused(String field, String problem, JudgeConfig judge, Arm... arms) {
        assertThatThrownBy(() -> create(judge, arms))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        refusal -> assertThat(refusal.violations()).contains(new FieldViolation(field, problem)));
    }

    @Test
    void aJudgeIsResolvedAndGivenToTheWorker() {
        Evaluation evaluation =
                create(judge().setLabels(FakeCatalog.DATASET + "latest").build());
        stage.evaluations.tick();
        assertThat(evaluation.getSpec().getJudge().getAgainst()).isEqualTo("base");
        assertThat(evaluation.getSpec().getJudge().getLabels()).isEqualTo(FakeCatalog.DATASET + 3);
        assertThat(evaluation.getOtherVersionsList())
                .extracting(version -> version.getName())
                .containsExactly(FakeCatalog.DATASET + 3);
        WorkerSpec spec = stage.launcher.started().getFirst();
        assertThat(spec.getEvaluate().getJudge()).isEqualTo(evaluation.getSpec().getJudge());
        Arm linear =
                Arm.newBuilder().setName("linear").setModel(ArmModel.LINEAR).build();
        assertThat(create(judge().build(), linear, arm("mine"))
                        .getSpec()
                        .getJudge()
                        .getAgainst())
                .isEqualTo("mine");
        assertThat(create(
                                judge().build(),
                                linear,
                                linear.toBuilder().setName("b").build())
                        .getSpec()
                        .getJudge()
                        .getAgainst())
                .isEqualTo("linear");
    }

    @Test
    void whatCannotBeJudgedIsRefused() {
        Arm base = arm("base");
        Arm other = arm("other");
        refused("spec.judge", "expected two arms or more to judge, got 1", judge().build(), base);
        refused(
                "spec.judge.against",
                "expected the name of an arm, got nobody",
                judge().setAgainst("nobody").build(),
                base,
                other);
        JudgeConfig.Builder elsewhere = judge();
        elsewhere.getEndpointBuilder().setUrl("https://evil.org/v1");
        refused(
                "spec.judge.endpoint.url",
                "expected a host of eval-service's evaluation.endpoint-hosts, got evil.org",
                elsewhere.build(),
                base,
                other);
        elsewhere.getEndpointBuilder().setUrl("http://models.test/v1");
        refused(
                "spec.judge.endpoint.url",
                "expected https, got http, which only this machine's own addresses may use",
                elsewhere.build(),
                base,
                other);
        refused(
                "spec.judge.labels",
                "expected a resource of projects/default, got projects/p/datasets/l/versions/1",
                judge().setLabels("projects/p/datasets/l/versions/1").build(),
                base,
                other);
        refused(
                "spec.judge.labels",
                "expected a dataset version with labels as train rows, got " + FakeCatalog.MANUAL + "2, which has none",
                judge().setLabels(FakeCatalog.MANUAL + "2").build(),
                base,
                other);
        stage.catalog.format = RowFormat.TEXT;
        refused(
                "spec.judge",
                "expected no judge for rows that are all text, which nobody answers",
                judge().build(),
                base,
                other);
    }

    private Stage.Worker answered() {
        String name = create(judge().build()).getName();
        stage.evaluations.tick();
        Stage.Worker worker = stage.worker(name);
        worker.started(Stage.ROWS);
        worker.answers("base", 0, Stage.ROWS);
        worker.answers("other", 0, Stage.ROWS);
        return worker;
    }

    private static JudgeReply reply(long row, boolean first, int ask, Preference preference) {
        return JudgeReply.newBuilder()
                .setArm("other")
                .setOther("base")
                .setRow(row)
                .setArmFirst(first)
                .setAsk(ask)
                .setPreference(preference)
                .setUnreadable(preference == Preference.UNREADABLE ? "Both are nice." : "")
                .setPrice(0.25)
                .setTotalRows(2)
                .build();
    }

    @Test
    void anEvaluationEndsWhenEverythingIsJudgedAndItsReportSaysSo() {
        Stage.Worker worker = answered();
        worker.judged(reply(0, true, 1, Preference.PREFERS_ARM), reply(0, false, 1, Preference.PREFERS_ARM));
        worker.judged(reply(1, true, 1, Preference.UNREADABLE));
        worker.judged(reply(1, true, 2, Preference.TIE), reply(1, false, 1, Preference.TIE));
        worker.finished();
        Evaluation ended = stage.evaluations.get(worker.evaluation);
        assertThat(ended.getState()).isEqualTo(State.SUCCEEDED);
        assertThat(ended.getReport().getJudging().getJudgements(0).getRowsWon()).isEqualTo(1);
        assertThat(ended.getReport().getJudging().getJudgements(0).getRowsTied())
                .isEqualTo(1);
        assertThat(ended.getReport().getJudging().getPrice()).isEqualTo(1.25);
        assertThat(stage.evaluations.updatesAfter(worker.evaluation, 0).stream()
                        .filter(EvaluationUpdate::hasJudgeReply)
                        .map(update -> update.getJudgeReply().getUnreadable()))
                .containsExactly("", "", "Both are nice.", "", "");
    }

    @Test
    void aWorkerThatHasNotJudgedEverythingIsLostAndTheNextIsToldWhatWasPaid() {
        Stage.Worker worker = answered();
        worker.judged(
                reply(0, true, 1, Preference.PREFERS_ARM),
                reply(0, true, 1, Preference.PREFERS_OTHER),
                reply(1, false, 1, Preference.UNREADABLE));
        worker.finished();
        assertThat(stage.state(worker.evaluation)).isEqualTo(State.QUEUED);
        stage.evaluations.tick();
        ClaimAttemptResponse claim = stage.claim(worker.evaluation, 2);
        assertThat(claim.getJudgedList())
                .extracting(rows -> rows.getArmFirst() + " "
                        + BitSet.valueOf(rows.getSettled().toByteArray()) + " "
                        + BitSet.valueOf(rows.getUnreadable().toByteArray()))
                .containsExactlyInAnyOrder("true {0} {}", "false {} {1}");
        assertThat(stage.store.judgeReplies(worker.evaluation)).hasSize(2);
    }

    @Test
    void aJudgeThatFailsLeavesTheEvaluationAloneAndItsCostsAreShown() {
        Stage.Worker worker = answered();
        worker.judged(reply(0, true, 1, Preference.PREFERS_ARM), reply(0, false, 1, Preference.PREFERS_ARM));
        worker.judgeFailed("the endpoint answered 401");
        assertThat(stage.evaluations.get(worker.evaluation).getJudgeError().getMessage())
                .isEqualTo("the endpoint answered 401");
        worker.finished();
        Evaluation ended = stage.evaluations.get(worker.evaluation);
        assertThat(ended.getState()).isEqualTo(State.SUCCEEDED);
        assertThat(ended.getReport().getJudging().getError().getMessage()).isEqualTo("the endpoint answered 401");
        assertThat(ended.getReport().getJudging().getPrice()).isEqualTo(0.5);
        assertThat(ended.getReport().getJudging().getJudgements(0).getRows()).isEqualTo(1);
    }

    @Test
    void aJudgeThatHasFailedIsNotAskedByTheNextWorker() {
        Stage.Worker worker = answered();
        worker.judgeFailed("the endpoint answered 401");
        worker.failed(true);
        stage.evaluations.tick();
        assertThat(stage.launcher.started().getLast().getEvaluate().hasJudge()).isFalse();
    }

    @Test
    void repliesThatCannotBeAreRefused() {
        Stage.Worker worker = answered();
        for (JudgeReply bad : List.of(
                reply(Stage.ROWS, true, 1, Preference.TIE),
                reply(-1, true, 1, Preference.TIE),
                reply(0, true, 3, Preference.TIE),
                reply(0, true, 1, Preference.PREFERENCE_UNSPECIFIED),
                reply(0, true, 1, Preference.TIE).toBuilder().setArm("nobody").build())) {
            assertThatThrownBy(() -> worker.judged(bad)).hasMessageStartingWith("expected a reply about two arms");
        }
    }
}
