package dev.finetide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import dev.finetide.cli.platform.Evaluations;
import dev.finetide.cli.platform.Platform;
import dev.finetide.cli.platform.Registry;
import dev.finetide.cli.platform.Reports;
import dev.finetide.cli.platform.Runs;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.Behaviour;
import dev.finetide.proto.evaluation.v1.BehaviourConfig;
import dev.finetide.proto.evaluation.v1.BehaviourKind;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.MetricInfo;
import dev.finetide.proto.evaluation.v1.Verdict;
import dev.finetide.proto.work.v1.State;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Commands about an evaluation whose tuned arm was probed beside the task.
class ProbedEvaluationTest {
    private static final String FORGETTING =
            "tuned, forgetting: loss 3.412 on general texts, base 2.900: worse by 0.512 [0.430, 0.601] (64 rows)";

    @TempDir
    Path directory;

    private final Evaluations evaluations = new Evaluations();
    private Platform platform;

    @BeforeEach
    void start() {
        platform = new Platform(new Runs(), evaluations, new Registry());
        EvaluationReport report = Reports.rich().toBuilder()
                .addBehaviours(Behaviour.newBuilder()
                        .setArm("tuned")
                        .setBaseArm("base")
                        .setKind(BehaviourKind.FORGETTING)
                        .setProbe("general texts")
                        .setName("loss")
                        .setValue(3.412)
                        .setBaseValue(2.9)
                        .setDifference(0.512)
                        .setLow(0.43)
                        .setHigh(0.601)
                        .setRows(64)
                        .setVerdict(Verdict.WORSE)
                        .setWords(FORGETTING))
                .addBehaviours(Behaviour.newBuilder()
                        .setArm("tuned")
                        .setBaseArm("base")
                        .setKind(BehaviourKind.MEMORISATION)
                        .setProbe("memory")
                        .setUnmeasured("none to be seen: <all> are short")
                        .setVerdict(Verdict.NOT_DISTINGUISHABLE)
                        .setWords("tuned, memorisation: none to be seen: <all> are short"))
                .build();
        Evaluation.Builder evaluation =
                Evaluation.newBuilder().setState(State.SUCCEEDED).setReport(report);
        evaluation
                .getRowsBuilder()
                .setRows(1)
                .addMetrics(MetricInfo.newBuilder().setName("accuracy"));
        for (String arm : List.of("base", "tuned")) {
            evaluation.addArms(
                    EvaluationArm.newBuilder().setArm(Arm.newBuilder().setName(arm)));
        }
        for (String arm : List.of("base", "tuned")) {
            add(EvaluationUpdate.newBuilder().setResult(answer(arm, "", "to the asked row")));
            add(EvaluationUpdate.newBuilder().setResult(answer(arm, "harmful prompts", "to the probe")));
        }
        add(EvaluationUpdate.newBuilder().setEvaluation(evaluation));
    }

    @AfterEach
    void stop() {
        platform.close();
    }

    private void add(EvaluationUpdate.Builder update) {
        evaluations.updates.add(
                update.setSequence(evaluations.updates.size() + 1).build());
    }

    private static ExampleResult.Builder answer(String arm, String probe, String output) {
        return ExampleResult.newBuilder()
                .setArm(arm)
                .setProbe(probe)
                .setPrompt("What?")
                .setOutput("answer " + output)
                .putScores("accuracy", 1);
    }

    @Test
    void whatWasFoundBesideTheTaskStandsInTheTextAndOnThePage() throws Exception {
        Path page = directory.resolve("page.html");

        CliRun shown = CliRun.against(platform, "eval", "show", "e-1", "--html", page.toString());

        assertThat(shown.exitCode()).as(shown.err()).isZero();
        assertThat(shown.out().replaceAll("\\s+", " "))
                .contains("Beside the task, against the base - " + FORGETTING)
                .contains("- tuned, memorisation: none to be seen");
        assertThat(Files.readString(page))
                .contains("<h2>Beside the task</h2>")
                .contains("<td class=\"words\">forgetting: loss, general texts</td><td class=\"wrong\">worse</td>"
                        + "<td>+0.512 [0.430, 0.601]</td><td>3.412</td><td>2.900</td><td>64</td>")
                .contains("none to be seen: &lt;all&gt; are short")
                .doesNotContain("answer to the probe");
    }

    @Test
    void oneRowIsTheAskedOneAndNotThatOfAProbe() {
        CliRun shown = CliRun.against(platform, "eval", "show", "e-1", "--row", "1");

        assertThat(shown.out()).contains("answer to the asked row").doesNotContain("answer to the probe");
    }

    @Test
    void rowsOfProbesAreWatchedAndExportedWithTheProbesName() throws Exception {
        assertThat(CliRun.against(platform, "eval", "watch", "e-1").out())
                .contains("harmful prompts    ->  answer to the probe");
        Path csv = directory.resolve("answers.csv");
        assertThat(CliRun.against(platform, "eval", "export", "e-1", csv.toString())
                        .exitCode())
                .isZero();
        try (CsvReader<NamedCsvRecord> reader = CsvReader.builder().ofNamedCsvRecord(csv)) {
            assertThat(reader.stream())
                    .extracting(record -> record.getField("arm") + "/" + record.getField("probe"))
                    .containsExactly("base/", "base/harmful prompts", "tuned/", "tuned/harmful prompts");
        }
    }

    @Test
    void oneFlagAsksForAllProbesAndOthersSayMore() {
        assertThat(behaviour("--behaviour"))
                .isEqualTo(BehaviourConfig.newBuilder()
                        .addProbes(BehaviourKind.GENERALISATION)
                        .addProbes(BehaviourKind.FORGETTING)
                        .addProbes(BehaviourKind.MEMORISATION)
                        .addProbes(BehaviourKind.OVER_REFUSAL)
                        .addProbes(BehaviourKind.UNSAFE_ANSWERS)
                        .build());
        assertThat(behaviour(
                        "--behaviour=forgetting,unsafe-answers",
                        "--behaviour-rows",
                        "20",
                        "--out-of-domain",
                        "tickets@3",
                        "--forgetting-datasets",
                        "chats@1,mails",
                        "--memory-given",
                        "4",
                        "--memory-repeated",
                        "8"))
                .isEqualTo(BehaviourConfig.newBuilder()
                        .addProbes(BehaviourKind.FORGETTING)
                        .addProbes(BehaviourKind.UNSAFE_ANSWERS)
                        .setRows(20)
                        .setOutOfDomain("projects/default/datasets/tickets/versions/3")
                        .addDatasets("projects/default/datasets/chats/versions/1")
                        .addDatasets("projects/default/datasets/mails/versions/latest")
                        .setGivenTokens(4)
                        .setRepeatedTokens(8)
                        .build());
        assertThat(behaviour("--behaviour", "--out-of-domain", "abroad").getOutOfDomain())
                .isEqualTo("abroad");
        assertThat(behaviour()).isEqualTo(BehaviourConfig.getDefaultInstance());
        CliRun unknown = create("--behaviour=dreams");
        assertThat(unknown.exitCode()).isEqualTo(ExitCode.USAGE.number());
        assertThat(unknown.err())
                .contains("generalisation, forgetting, memorisation, over-refusal, unsafe-answers, all, got 'dreams'");
    }

    private BehaviourConfig behaviour(String... options) {
        CliRun created = create(options);
        assertThat(created.exitCode()).as(created.err()).isZero();
        return evaluations.created.getLast().getSpec().getConfig().getBehaviour();
    }

    private CliRun create(String... options) {
        String[] all = new String[8 + options.length];
        List<String> first =
                List.of("eval", "create", "--base", "tiny", "--dataset", "support-desk@2", "--arm", "base");
        for (int i = 0; i < all.length; i++) {
            all[i] = i < first.size() ? first.get(i) : options[i - first.size()];
        }
        return CliRun.against(platform, all);
    }
}
