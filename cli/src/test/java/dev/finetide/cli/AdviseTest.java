package dev.finetide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.cli.platform.AdviceRequests;
import dev.finetide.cli.platform.Platform;
import dev.finetide.cli.platform.Registry;
import dev.finetide.cli.platform.Reports;
import dev.finetide.proto.evaluation.v1.Advice;
import dev.finetide.proto.evaluation.v1.AdvicePhase;
import dev.finetide.proto.evaluation.v1.AdviceRun;
import dev.finetide.proto.evaluation.v1.AdviceSpec;
import dev.finetide.proto.training.v1.EvaluationConfig;
import dev.finetide.proto.training.v1.Method;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.WorkReason;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdviseTest {
    private final AdviceRequests advice = new AdviceRequests();
    private Platform platform;

    @BeforeEach
    void start() {
        platform = new Platform(advice, new Registry());
    }

    @AfterEach
    void stop() {
        platform.close();
    }

    private CliRun advise(String... options) {
        return CliRun.against(
                platform,
                Stream.concat(Stream.of("advise", "--base", "tiny", "--dataset", "support-desk"), Stream.of(options))
                        .toArray(String[]::new));
    }

    @Test
    void aPageSaysWhatToDoAfterEveryPhaseAlsoAcrossARestart() {
        advice.answers.add(running(AdvicePhase.UNTRAINED, "asks 3 arms"));
        advice.answers.add(running(AdvicePhase.TRAINING, "lora, step 20 of 100"));
        advice.answers.add(ended());
        advice.away.set(1);

        CliRun advised = advise("--train", "lora,full", "--budget", "1h30m", "--max-rows", "100");

        assertThat(advised.exitCode()).as(advised.err()).isZero();
        assertThat(advised.err()).contains("untrained: asks 3 arms", "trying again", "training: lora, step 20 of 100");
        assertThat(advised.out())
                .contains("lora, estimated 1:30 min: run run-1, which existed, model support-desk@4")
                .contains("full: not trained, because its estimate of 2 h is over the budget")
                .contains("What to do: Ask the base with 8 similar examples");
        assertThat(advice.created.getFirst().getSpec())
                .isEqualTo(AdviceSpec.newBuilder()
                        .setDatasetVersion("projects/default/datasets/support-desk/versions/latest")
                        .setBase("projects/default/bases/tiny")
                        .addMethods(Method.LORA)
                        .addMethods(Method.FULL)
                        .setBudgetSeconds(5400)
                        .setEvaluation(EvaluationConfig.newBuilder().setMaxRows(100))
                        .build());
    }

    @Test
    void adviceThatFailedFailsTheCommandWithTheReason() {
        Advice.Builder failed = running(AdvicePhase.ENDED, "").toBuilder().setState(State.FAILED);
        failed.getErrorBuilder().setReason(WorkReason.INVALID_DATA).setMessage("the test split is empty");
        advice.answers.add(failed.build());

        CliRun advised = advise();

        assertThat(advised.exitCode()).isEqualTo(1);
        assertThat(advised.out()).contains("INVALID_DATA: the test split is empty");
    }

    @Test
    void aClientThatGivesUpSaysThatTheWorkGoesOn() {
        platform.kill();

        CliRun watch = CliRun.against(platform, "advice", "watch", "a-1");

        assertThat(watch.exitCode()).isEqualTo(5);
        assertThat(watch.err()).contains("advice a-1 goes on", "finetide advice watch a-1");
        platform.start();
    }

    @Test
    void aBudgetThatIsNoTimeIsAUsageError() {
        assertThat(advise("--budget", "soon").exitCode()).isEqualTo(2);
        assertThat(advise("--budget", "0m").err()).contains("expected a time such as 20m, 90s or 1h30m, got '0m'");
    }

    private static Advice running(AdvicePhase phase, String doing) {
        return Advice.newBuilder()
                .setName(AdviceRequests.NAME)
                .setState(State.RUNNING)
                .setPhase(phase)
                .setDoing(doing)
                .build();
    }

    private static Advice ended() {
        Advice.Builder ended = running(AdvicePhase.ENDED, "").toBuilder()
                .setState(State.SUCCEEDED)
                .setReport(Reports.rich());
        AdviceRun.Builder lora = AdviceRun.newBuilder()
                .setMethod(Method.LORA)
                .setTrainingRun("projects/default/trainingRuns/run-1")
                .setReused(true)
                .setModelVersion("projects/default/models/support-desk/versions/4");
        lora.getEstimateBuilder().setSeconds(90);
        return ended.addRuns(lora)
                .addRuns(AdviceRun.newBuilder()
                        .setMethod(Method.FULL)
                        .setLeftOut("its estimate of 2 h is over the budget"))
                .build();
    }
}
