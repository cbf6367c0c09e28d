package dev.finetide.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonParser;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import dev.finetide.cli.output.Browser;
import dev.finetide.cli.platform.Evaluations;
import dev.finetide.cli.platform.Models;
import dev.finetide.cli.platform.Platform;
import dev.finetide.cli.platform.Reports;
import dev.finetide.cli.platform.Runs;
import dev.finetide.proto.dataset.v1.RowPlace;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.MetricInfo;
import dev.finetide.proto.evaluation.v1.RowFacts;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.training.v1.ValidationResult;
import dev.finetide.proto.work.v1.State;
import dev.hardwood.InputFile;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluationHtmlTest {
    private static final List<String> LABELS = List.of("billing", "card_arrival", "refund", "top_up_failed");
    private static final String ATTACK = "<script>alert('x')</script>\u001b[31m\u202e";

    @TempDir
    Path directory;

    private final Evaluations evaluations = new Evaluations();
    private final Runs runs = new Runs();
    private final Models models = new Models();
    private Platform platform;

    @BeforeEach
    void start() {
        platform = new Platform(runs, evaluations, models);
        Evaluation.Builder evaluation =
                Evaluation.newBuilder().setState(State.SUCCEEDED).setReport(Reports.rich());
        evaluation
                .getSpecBuilder()
                .setDatasetVersion("projects/default/datasets/banking77/versions/2")
                .setBase("projects/default/bases/smollm2");
        evaluation.getTrainingRunBuilder().setName("projects/default/trainingRuns/run-1");
        evaluation
                .getRowsBuilder()
                .setTask(Reports.rich().getTask())
                .setTaskReason("4 answers repeat")
                .addAllLabels(LABELS)
                .setRows(150)
                .addMetrics(MetricInfo.newBuilder().setName("accuracy").setHigherIsBetter(true));
        for (String arm : List.of("base", "few-shot", "tuned")) {
            evaluation.addArms(
                    EvaluationArm.newBuilder().setArm(Arm.newBuilder().setName(arm)));
        }
        add(EvaluationUpdate.newBuilder().setEvaluation(evaluation));
        SplittableRandom random = new SplittableRandom(11);
        for (int row = 0; row < 150; row++) {
            String expected = LABELS.get(random.nextInt(LABELS.size()));
            for (String arm : List.of("base", "few-shot", "tuned")) {
                double chance = arm.equals("base") ? 0 : arm.equals("few-shot") ? 0.82 : 0.94;
                String answer = random.nextDouble() < chance
                        ? expected
                        : arm.equals("base") ? "Sorry, what?" : LABELS.get(random.nextInt(LABELS.size()));
                add(EvaluationUpdate.newBuilder().setResult(result(row, arm, expected, answer)));
            }
        }
        for (int step = 1; step <= 60; step++) {
            TrainingRunUpdate.Builder update = TrainingRunUpdate.newBuilder().setSequence(step);
            runs.updates.add(
                    step % 20 == 0
                            ? update.setValidation(ValidationResult.newBuilder()
                                            .setStep(step)
                                            .setLoss(3.0 / Math.sqrt(step)))
                                    .build()
                            : update.setProgress(TrainingProgress.newBuilder()
                                            .setStep(step)
                                            .setLoss(4 / Math.sqrt(step) + 0.3 * random.nextDouble()))
                                    .build());
        }
    }

    @AfterEach
    void stop() {
        platform.close();
    }

    private void add(EvaluationUpdate.Builder update) {
        evaluations.updates.add(
                update.setSequence(evaluations.updates.size() + 1).build());
    }

    private static ExampleResult.Builder result(int row, String arm, String expected, String answer) {
        return ExampleResult.newBuilder()
                .setRow(row)
                .setArm(arm)
                .setPrompt("Question " + row + " about my account. " + ATTACK)
                .setExpected(expected)
                .setOutput("I think it is " + answer)
                .setAnswer(answer)
                .setPlace(RowPlace.newBuilder().setFile("test.csv").setLine(row + 2))
                .setSentPrompt("<|user|> Question " + row + ATTACK)
                .setPromptTokens(12)
                .setFacts(RowFacts.newBuilder().putTags("region", row % 2 == 0 ? "north" : "south"))
                .putScores("accuracy", answer.equals(expected) ? 1 : 0);
    }

    private Path page() throws Exception {
        Path file = directory.resolve("page.html");
        CliRun shown =
                CliRun.against(platform, "eval", "show", "e-1", "--price-per-hour", "2.5", "--html", file.toString());
        assertThat(shown.exitCode()).as(shown.err()).isZero();
        assertThat(shown.err()).contains("page: " + file);
        return file;
    }

    @Test
    void thePageHasVerdictNumbersPlotsConfusionsAndRows() throws Exception {
        String html = Files.readString(page());

        assertThat(html)
                .contains(
                        "<title>banking77@2 on smollm2: which way wins?</title>",
                        "<p class=\"advice\">Ask the base with 8 similar examples in its prompt (few-shot); do not train.</p>",
                        "aria-label=\"accuracy of each arm against what a request costs\"",
                        "price of 1,000 requests",
                        "<tr class=\"chosen\"><th>few-shot</th><td>150</td><td>0.820 [0.751, 0.873]</td>",
                        "tuned has paid for its training after 2,063 requests",
                        "few-shot not distinguishable from tuned",
                        "<h2>What few-shot confuses</h2>",
                        "few-shot is worse than tuned (",
                        "Both are bad (",
                        "few-shot is better than tuned (",
                        "line ",
                        "<mark>",
                        "<h3>run run-1</h3>",
                        "Loss of each training step")
                .doesNotContain("<script", "\u001b", "\u202e", "http://", "https://", "url(");
        assertThat(html).contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;");
    }

    @Test
    void comparedArmsListTheRowsThatGotWorseAndBetter() {
        CliRun compared =
                CliRun.against(platform, "eval", "compare", "e-1", "--arm", "base", "--arm", "tuned", "--max", "2");
        assertThat(compared.exitCode()).as(compared.err()).isZero();
        assertThat(compared.out())
                .contains(
                        "By accuracy, tuned answers 0 rows worse than base, ", "Better (the first 2; --max shows more)")
                .containsPattern("ROW +PLACE +base +tuned +EXPECTED +base +tuned")
                .containsPattern("1 +test.csv line 2 +0.000 +1.000 +\\w+ +Sorry, what\\?")
                .doesNotContain("Worse");

        CliRun json =
                CliRun.against(platform, "eval", "compare", "e-1", "--arm", "base", "--arm", "tuned", "-o", "json");
        assertThat(json.out()).isNotBlank();
        json.out().lines().forEach(line -> JsonOutputTest.check(JsonParser.parseString(line), "eval compare"));

        CliRun unknown = CliRun.against(platform, "eval", "compare", "e-1", "--arm", "base", "--arm", "other");
        assertThat(unknown.exitCode()).isEqualTo(ExitCode.NOT_FOUND.number());
        assertThat(unknown.err()).contains("evaluation e-1 has no arm other; it has base, few-shot, tuned");
    }

    @Test
    void oneRowIsShownUnderEveryArm() {
        CliRun shown = CliRun.against(platform, "eval", "show", "e-1", "--row", "3");
        assertThat(shown.exitCode()).as(shown.err()).isZero();
        assertThat(shown.out())
                .startsWith("row 3, test.csv line 4\nregion = north\n-- question\nQuestion 2 about my account.")
                .contains(
                        "== base: accuracy 0.000\n-- prompt as sent (12 tokens)\n<|user|> Question 2",
                        "-- output\nI think it is Sorry, what?\n-- answer in it\nSorry, what?",
                        "== tuned: accuracy ")
                .doesNotContain("\u001b", "\u202e");

        CliRun beyond = CliRun.against(platform, "eval", "show", "e-1", "--row", "151");
        assertThat(beyond.exitCode()).isEqualTo(ExitCode.NOT_FOUND.number());
        assertThat(beyond.err()).contains("evaluation e-1 has no answer to row 151: it asks rows 1 to 150");
    }

    @Test
    void slicesOfOneFieldAreShownAndAFieldThatRowsLackIsNamed() {
        CliRun shown = CliRun.against(platform, "eval", "show", "e-1", "--slice", "region");
        assertThat(shown.exitCode()).as(shown.err()).isZero();
        assertThat(shown.out()).contains("tag region = north", "tag region = south");
        CliRun lacking = CliRun.against(platform, "eval", "show", "e-1", "--slice", "colour");
        assertThat(lacking.exitCode()).isEqualTo(ExitCode.NOT_FOUND.number());
        assertThat(lacking.err())
                .contains(
                        "no slice is by colour: a field of the rows is one where dataset push names it as"
                                + " --tag-columns colour",
                        "there are slices by tag region");
        assertThat(lacking.out()).isEmpty();
    }

    @Test
    void answersAreExportedWithTheirScores() throws Exception {
        Path csv = directory.resolve("answers.csv");
        assertThat(CliRun.against(platform, "eval", "export", "e-1", csv.toString())
                        .exitCode())
                .isZero();
        try (CsvReader<NamedCsvRecord> reader = CsvReader.builder().ofNamedCsvRecord(csv)) {
            List<NamedCsvRecord> records = reader.stream().toList();
            assertThat(records).hasSize(450);
            assertThat(records.getFirst().getField("question")).isEqualTo("Question 0 about my account. " + ATTACK);
            assertThat(records.getFirst().getField("answer")).isEqualTo("Sorry, what?");
            assertThat(records.getFirst().getField("accuracy")).isEqualTo("0.0");
            assertThat(records.getFirst().getField("line")).isEqualTo("2");
        }
        Path jsonl = directory.resolve("answers.jsonl");
        assertThat(CliRun.against(platform, "eval", "export", "e-1", jsonl.toString(), "--sent-prompts")
                        .exitCode())
                .isZero();
        List<String> lines = Files.readAllLines(jsonl);
        assertThat(lines).hasSize(450);
        assertThat(JsonParser.parseString(lines.getFirst()).getAsJsonObject()).satisfies(record -> {
            assertThat(record.get("sent_prompt").getAsString()).startsWith("<|user|> Question 0");
            assertThat(record.getAsJsonObject("scores").get("accuracy").getAsDouble())
                    .isZero();
            assertThat(record.getAsJsonObject("tags").get("region").getAsString())
                    .isEqualTo("north");
        });
        CliRun unknown = CliRun.against(platform, "eval", "export", "e-1", "answers.xls");
        assertThat(unknown.exitCode()).isEqualTo(ExitCode.USAGE.number());
        assertThat(unknown.err())
                .contains("answers.xls: the ending tells the format, expected .csv, .jsonl or .parquet");
        CliRun odd = CliRun.against(platform, "eval", "export", "e-1", "answers.xls", "--format", "excel");
        assertThat(odd.exitCode()).isEqualTo(ExitCode.USAGE.number());
        assertThat(odd.err()).contains("--format: expected csv, jsonl or parquet, got excel");
    }

    @Test
    void answersAndScoresAreExportedAsParquet() throws Exception {
        Path answers = directory.resolve("answers.data");
        assertThat(CliRun.against(
                                platform,
                                "eval",
                                "export",
                                "e-1",
                                answers.toString(),
                                "--format",
                                "parquet",
                                "--sent-prompts")
                        .exitCode())
                .isZero();
        try (ParquetFileReader file = ParquetFileReader.open(InputFile.of(answers));
                RowReader reader = file.rowReader()) {
            reader.next();
            assertThat(file.getFileMetaData().numRows()).isEqualTo(450);
            assertThat(reader.getLong("row")).isEqualTo(1);
            assertThat(reader.getString("question")).isEqualTo("Question 0 about my account. " + ATTACK);
            assertThat(reader.getString("sent_prompt")).startsWith("<|user|> Question 0");
            assertThat(reader.getDouble("accuracy")).isZero();
            assertThat(reader.getString("tags")).isEqualTo("{\"region\":\"north\"}");
        }
        Path scores = directory.resolve("scores.parquet");
        assertThat(CliRun.against(platform, "eval", "export", "e-1", scores.toString(), "--scores")
                        .exitCode())
                .isZero();
        try (ParquetFileReader file = ParquetFileReader.open(InputFile.of(scores));
                RowReader reader = file.rowReader()) {
            boolean found = false;
            while (reader.hasNext()) {
                reader.next();
                if (reader.getString("arm").equals("few-shot")
                        && reader.getString("metric").equals("accuracy")) {
                    found = true;
                    assertThat(reader.getDouble("value")).isEqualTo(0.82);
                    assertThat(reader.getDouble("low")).isCloseTo(0.751, within(0.001));
                    assertThat(reader.getBoolean("recommended")).isTrue();
                    assertThat(reader.getLong("rows")).isEqualTo(150);
                }
            }
            assertThat(found).isTrue();
        }
        Path lines = directory.resolve("scores.jsonl");
        CliRun.against(platform, "eval", "export", "e-1", lines.toString(), "--scores");
        assertThat(Files.readAllLines(lines))
                .anySatisfy(line -> assertThat(line)
                        .contains("\"arm\":\"few-shot\"", "\"metric\":\"accuracy\"", "\"value\":0.82")
                        .doesNotContain("\"scores\""));
    }

    /// Names a registry version in the report's second arm, whose run learnt 200 rows, beside the run's own 1,000.
    private void aSmallerTraining(TrainingConfig small) {
        models.add(
                "projects/default/models/m/versions/1",
                "projects/default/trainingRuns/run-0",
                ModelVersion.State.APPROVED,
                Map.of());
        runs.byName.put(
                "projects/default/trainingRuns/run-0",
                TrainingRun.newBuilder()
                        .setName("projects/default/trainingRuns/run-0")
                        .setConfig(small)
                        .setTrainRows(200)
                        .build());
        Evaluation.Builder evaluation = evaluations.updates.getFirst().getEvaluation().toBuilder();
        evaluation
                .getTrainingRunBuilder()
                .setTrainRows(1000)
                .setConfig(TrainingConfig.newBuilder().setEpochs(3));
        evaluation
                .getArmsBuilder(1)
                .getArmBuilder()
                .setModel(ArmModel.MODEL_VERSION)
                .setModelVersion("projects/default/models/m/versions/1");
        evaluation.getArmsBuilder(2).getArmBuilder().setModel(ArmModel.TUNED);
        add(EvaluationUpdate.newBuilder().setEvaluation(evaluation));
    }

    @Test
    void trainingsOfDifferentSizesMakeALearningCurve() throws Exception {
        assertThat(Files.readString(page())).as("one training is no curve").doesNotContain("Learning curve");
        aSmallerTraining(TrainingConfig.newBuilder().setEpochs(3).build());
        Files.delete(directory.resolve("page.html"));

        String html = Files.readString(page());

        assertThat(html)
                .contains(
                        "<h2>Learning curve</h2>",
                        "aria-label=\"accuracy by the number of train rows\"",
                        "rows that were learnt",
                        "<h3>run run-0 (few-shot)</h3>",
                        "<h3>run run-1 (tuned)</h3>")
                .doesNotContain("Other settings of these trainings differ");
    }

    @Test
    void trainingsThatDifferInMoreThanTheirRowsSaySo() throws Exception {
        aSmallerTraining(TrainingConfig.newBuilder().setEpochs(1).build());
        assertThat(Files.readString(page())).contains("Other settings of these trainings differ, too");
    }

    @Test
    void aTrainingThatIsGoneIsLeftOutAndNamed() {
        aSmallerTraining(TrainingConfig.getDefaultInstance());
        runs.byName.clear();
        CliRun shown = CliRun.against(
                platform,
                "eval",
                "show",
                "e-1",
                "--html",
                directory.resolve("page.html").toString());
        assertThat(shown.exitCode()).as(shown.err()).isZero();
        assertThat(shown.err()).contains("run run-0 is gone, and its losses with it");
    }

    @Test
    void anEvaluationThatGoesOnHasNoPage() {
        Path file = directory.resolve("page.html");
        add(EvaluationUpdate.newBuilder().setEvaluation(Evaluation.newBuilder().setState(State.RUNNING)));

        CliRun shown = CliRun.against(platform, "eval", "show", "e-1", "--html", file.toString());

        assertThat(shown.exitCode()).isEqualTo(ExitCode.REFUSED.number());
        assertThat(shown.err()).contains("evaluation e-1 is RUNNING: its rows can be shown when it has ended");
        assertThat(file).doesNotExist();
    }

    @Test
    void thePageFitsABrowserOfAnyWidthInLightDarkAndOnPaper() throws Exception {
        Assumptions.assumeTrue(Browser.isInstalled(), "skipped: no chromium and chromedriver");
        aSmallerTraining(TrainingConfig.newBuilder().setEpochs(1).build());
        Path page = page();
        Path pictures = Files.createDirectories(Path.of("target", "pictures"));
        try (Browser browser = Browser.start()) {
            for (int width : new int[] {1280, 400}) {
                browser.open(page, width);
                browser.picture(pictures.resolve("evaluation-" + width + ".png"));
                assertThat(browser.evaluate("document.documentElement.scrollWidth")
                                .getAsInt())
                        .as("width of the page in a window of %d", width)
                        .isLessThanOrEqualTo(width);
                assertThat(browser.evaluate("[...document.querySelectorAll('svg text')].filter(t => { const b ="
                                        + " t.getBoundingClientRect(), s = t.closest('svg').getBoundingClientRect();"
                                        + " return b.left < s.left - 1 || b.right > s.right + 1 || b.top < s.top - 1 ||"
                                        + " b.bottom > s.bottom + 1; }).map(t => t.textContent).join()")
                                .getAsString())
                        .as("texts that leave their plot at %d", width)
                        .isEmpty();
            }
            assertThat(browser.evaluate("performance.getEntriesByType('resource').length")
                            .getAsInt())
                    .as("requests to a network")
                    .isZero();
            String light = browser.evaluate("getComputedStyle(document.body).backgroundColor")
                    .getAsString();
            browser.emulate("screen", true);
            browser.picture(pictures.resolve("evaluation-dark.png"));
            String dark = browser.evaluate("getComputedStyle(document.body).backgroundColor")
                    .getAsString();
            browser.emulate("print", true);
            browser.open(page, 794);
            browser.picture(pictures.resolve("evaluation-paper.png"));
            assertThat(light).isEqualTo("rgb(255, 255, 255)").isNotEqualTo(dark);
            assertThat(browser.evaluate("getComputedStyle(document.body).backgroundColor")
                            .getAsString())
                    .isEqualTo(light);
        }
    }
}
