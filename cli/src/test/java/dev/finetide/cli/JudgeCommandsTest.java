package dev.finetide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.cli.platform.Evaluations;
import dev.finetide.cli.platform.Platform;
import dev.finetide.cli.platform.Registry;
import dev.finetide.cli.platform.Reports;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.Endpoint;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.HumanAgreement;
import dev.finetide.proto.evaluation.v1.JudgeConfig;
import dev.finetide.proto.evaluation.v1.JudgeReply;
import dev.finetide.proto.evaluation.v1.Judgement;
import dev.finetide.proto.evaluation.v1.Judging;
import dev.finetide.proto.evaluation.v1.Preference;
import dev.finetide.proto.evaluation.v1.Score;
import dev.finetide.proto.evaluation.v1.Verdict;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.WorkError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The judge of an evaluation as users ask for it and read about it.
class JudgeCommandsTest {
    @TempDir
    Path directory;

    private final Evaluations evaluations = new Evaluations();
    private Platform platform;

    @BeforeEach
    void start() {
        platform = new Platform(evaluations, new Registry());
    }

    @AfterEach
    void stop() {
        platform.close();
    }

    private CliRun create(String... options) {
        return CliRun.against(
                platform,
                Stream.concat(
                                Stream.of("eval", "create", "--base", "tiny", "--dataset", "support-desk@2"),
                                Stream.concat(Stream.of("--arm", "base", "--arm", "similar:8"), Stream.of(options)))
                        .toArray(String[]::new));
    }

    @Test
    void optionsOfTheJudgeBecomeItsConfig() throws IOException {
        Path criteria = directory.resolve("criteria.txt");
        Files.writeString(criteria, "The kinder answer wins.");
        CliRun created = create(
                "--judge",
                "endpoint:gpt-4o@https://api.openai.com/v1+key=openai+price=2.5/10+at-once=8",
                "--judge-criteria",
                "@" + criteria,
                "--judge-against",
                "similar-8",
                "--judge-rows",
                "50",
                "--judge-labels",
                "preferences@2",
                "--judge-tokens",
                "900",
                "--judge-expected");
        assertThat(created.exitCode()).as(created.err()).isZero();
        assertThat(evaluations.created.getFirst().getSpec().getJudge())
                .isEqualTo(JudgeConfig.newBuilder()
                        .setEndpoint(Endpoint.newBuilder()
                                .setUrl("https://api.openai.com/v1")
                                .setModel("gpt-4o")
                                .setKey("openai")
                                .setInputPrice(2.5)
                                .setOutputPrice(10)
                                .setRequestsAtOnce(8))
                        .setCriteria("The kinder answer wins.")
                        .setAgainst("similar-8")
                        .setMaxRows(50)
                        .setLabels("projects/default/datasets/preferences/versions/2")
                        .setMaxTokens(900)
                        .setShowExpected(true)
                        .build());
        create();
        assertThat(evaluations.created.getLast().getSpec().hasJudge()).isFalse();
    }

    @Test
    void aJudgeThatIsNoEndpointIsAMistake() {
        for (String judge : List.of("linear", "base", "endpoint:m@https://a.org/v1+instruction=task")) {
            CliRun created = create("--judge", judge);
            assertThat(created.exitCode()).isEqualTo(2);
            assertThat(created.err()).contains("--judge: expected endpoint:MODEL@https://HOST/PATH");
        }
        assertThat(create("--judge-rows", "5").err()).contains("options of a judge need one");
        assertThat(create("--judge-expected").exitCode()).isEqualTo(2);
        assertThat(evaluations.created).isEmpty();
    }

    private static Score score(double value, double low, double high) {
        return Score.newBuilder().setValue(value).setLow(low).setHigh(high).build();
    }

    private static Judging judging() {
        return Judging.newBuilder()
                .setModel("gpt-4o")
                .addJudgements(Judgement.newBuilder()
                        .setArm("tuned")
                        .setOther("base")
                        .setRows(97)
                        .setRowsWon(70)
                        .setRowsLost(12)
                        .setRowsTied(15)
                        .setDisagreements(9)
                        .setEqualAnswers(4)
                        .setUnreadableRows(1)
                        .setFirstUnreadableRow(3)
                        .setUnansweredRows(2)
                        .setFirstRowError("row 8: no answer within 60 s")
                        .setCutRows(1)
                        .setWinRate(score(0.799, 0.72, 0.861))
                        .setAdjustedPValue(0.0004)
                        .setVerdict(Verdict.BETTER))
                .setFirstPlace(score(0.55, 0.48, 0.62))
                .setAgreement(HumanAgreement.newBuilder()
                        .setLabels(40)
                        .setRate(score(0.85, 0.709, 0.929))
                        .setKappa(score(0.71, 0.5, 0.87)))
                .setRequests(195)
                .setPromptTokens(58_000)
                .setCompletionTokens(400)
                .setPrice(0.149)
                .build();
    }

    private void ended(Judging judging) {
        Evaluation.Builder evaluation = Evaluation.newBuilder()
                .setState(State.SUCCEEDED)
                .setReport(Reports.rich().toBuilder().setJudging(judging));
        for (String arm : List.of("base", "tuned")) {
            evaluation.addArms(
                    EvaluationArm.newBuilder().setArm(Arm.newBuilder().setName(arm)));
        }
        evaluation.getRowsBuilder().setRows(150);
        evaluation.getSpecBuilder().getJudgeBuilder();
        add(EvaluationUpdate.newBuilder()
                .setResult(ExampleResult.newBuilder().setRow(2).setArm("tuned").setOutput("It is late.")));
        JudgeReply reply = JudgeReply.newBuilder()
                .setRow(2)
                .setArm("tuned")
                .setOther("base")
                .setAsk(1)
                .build();
        add(EvaluationUpdate.newBuilder()
                .setJudgeReply(reply.toBuilder()
                        .setArmFirst(true)
                        .setPreference(Preference.UNREADABLE)
                        .setUnreadable("Both are \u001b[31mnice")));
        add(EvaluationUpdate.newBuilder()
                .setJudgeReply(reply.toBuilder().setArmFirst(true).setAsk(2).setPreference(Preference.PREFERS_ARM)));
        add(EvaluationUpdate.newBuilder().setJudgeReply(reply.toBuilder().setPreference(Preference.PREFERS_OTHER)));
        add(EvaluationUpdate.newBuilder().setEvaluation(evaluation));
    }

    private void add(EvaluationUpdate.Builder update) {
        evaluations.updates.add(
                update.setSequence(evaluations.updates.size() + 1).build());
    }

    @Test
    void showSaysWhatTheJudgeSaysHowFarItCanBeTrustedAndWhatItCost() {
        ended(judging());
        CliRun shown = CliRun.against(platform, "eval", "show", "e-1");
        assertThat(shown.exitCode()).as(shown.err()).isZero();
        assertThat(shown.out().replaceAll("\\s+", " "))
                .contains("What the judge gpt-4o says - tuned against base: better, win rate 0.799 [0.720, 0.861] on 97"
                        + " rows (70 won, 12 lost, 15 tied), p < 0.001. The two orders disagree on 9 rows, which count"
                        + " as ties. The answers to 4 rows are the same text, a tie that was not asked. Left out: 1 row"
                        + " with a reply that is neither A nor B nor tie; eval show --row 3 shows the first. Left out:"
                        + " 2 rows without a reply; row 8: no answer within 60 s. Long texts of 1 row were cut for the"
                        + " judge.")
                .contains("- Where it prefers an answer, it is the first one in 0.550 [0.480, 0.620] of the replies;"
                        + " 0.5 is no liking for a place.")
                .contains("- It agrees with 40 human labels in 0.850 [0.709, 0.929] of them; Cohen's kappa is 0.710"
                        + " [0.500, 0.870].")
                .contains("- Asked 195 times, 58,000 tokens in and 400 out, paid 0.15.");
    }

    @Test
    void aJudgeThatFailedIsShownWithItsCosts() {
        ended(Judging.newBuilder()
                .setModel("gpt-4o")
                .setRequests(4)
                .setPrice(0.01)
                .setError(WorkError.newBuilder().setMessage("the endpoint answered 401"))
                .build());
        assertThat(CliRun.against(platform, "eval", "show", "e-1").out())
                .contains("The judge failed: the endpoint answered 401")
                .contains("Asked 4 times, 0 tokens in and 0 out, paid 0.0100.");
    }

    @Test
    void aRowShowsEachReplyAndThePageHasASection() throws IOException {
        ended(judging());
        CliRun row = CliRun.against(platform, "eval", "show", "e-1", "--row", "3");
        assertThat(row.exitCode()).as(row.err()).isZero();
        assertThat(row.out())
                .contains("== judge")
                .contains("tuned against base, tuned first: unreadable: Both are ")
                .contains("tuned against base, tuned first, asked again: tuned is better")
                .contains("tuned against base, base first: base is better")
                .doesNotContain("\u001b[31m");
        Path page = directory.resolve("page.html");
        assertThat(CliRun.against(platform, "eval", "show", "e-1", "--html", page.toString())
                        .exitCode())
                .isZero();
        assertThat(Files.readString(page))
                .contains("<h2>What the judge gpt-4o says</h2>")
                .contains("<li>It agrees with 40 human labels");
    }

    @Test
    void waitingGoesOnWhenAnotherWorkerTakesOverFromTheJudge() {
        Evaluation evaluation = Evaluation.newBuilder().setState(State.RUNNING).build();
        EvaluationUpdate.Builder reply = EvaluationUpdate.newBuilder()
                .setJudgeReply(JudgeReply.newBuilder().setPreference(Preference.TIE));
        add(EvaluationUpdate.newBuilder().setEvaluation(evaluation));
        add(reply);
        add(EvaluationUpdate.newBuilder().setEvaluation(evaluation.toBuilder().setAttempt(2)));
        add(reply);
        add(EvaluationUpdate.newBuilder()
                .setEvaluation(evaluation.toBuilder()
                        .setState(State.SUCCEEDED)
                        .setJudgeError(WorkError.newBuilder().setMessage("the endpoint answered 401"))));
        CliRun created = create("--wait");
        assertThat(created.exitCode()).as(created.err()).isZero();
        assertThat(created.err())
                .contains("evaluation: running, attempt 2")
                .contains("judge failed: the endpoint answered 401");
        assertThat(created.out()).containsPattern("judge +failed: the endpoint answered 401");
    }

    @Test
    void anEvaluationWithoutAReportShowsWhatWasPaid() {
        add(EvaluationUpdate.newBuilder()
                .setResult(ExampleResult.newBuilder().setArm("gpt").setPrice(0.5)));
        add(EvaluationUpdate.newBuilder().setJudgeReply(JudgeReply.newBuilder().setPrice(0.25)));
        add(EvaluationUpdate.newBuilder().setResult(ExampleResult.newBuilder().setArm("base")));
        add(EvaluationUpdate.newBuilder().setEvaluation(Evaluation.newBuilder().setState(State.CANCELLED)));
        assertThat(CliRun.against(platform, "eval", "show", "e-1").out())
                .contains("Paid all the same: 0.75 for 2 answers of endpoints.");
    }

    @Test
    void watchingShowsEachReply() {
        ended(judging());
        CliRun watched = CliRun.against(platform, "eval", "watch", "e-1");
        assertThat(watched.exitCode()).as(watched.err()).isZero();
        assertThat(watched.out()).contains("     2  tuned against base, base first: base is better");
    }
}
