package dev.finetide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import dev.finetide.cli.platform.Evaluations;
import dev.finetide.cli.platform.Models;
import dev.finetide.cli.platform.Platform;
import dev.finetide.cli.platform.Registry;
import dev.finetide.cli.platform.Reports;
import dev.finetide.cli.platform.Runs;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.Retrieval;
import dev.finetide.proto.evaluation.v1.Retriever;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.training.v1.LoraConfig;
import dev.finetide.proto.training.v1.Method;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunLogChunk;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.WorkReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFollowTest {
    private static final String RUN = "projects/default/trainingRuns/run-1";
    private static final String VERSION = "projects/default/models/support-desk/versions/1";
    private static final int STEPS = 20;

    @TempDir
    Path directory;

    private final Runs runs = new Runs();
    private final Evaluations evaluations = new Evaluations();
    private final Models models = new Models();
    private final Registry registry = new Registry();
    private Platform platform;

    @BeforeEach
    void start() {
        platform = new Platform(runs, evaluations, models, registry);
    }

    @AfterEach
    void stop() {
        platform.close();
    }

    @Test
    void aWatchThatIsCutMissesNothingAndRepeatsNothing() {
        runEndsAs(State.SUCCEEDED);
        runs.updatesAStream = 3;

        CliRun watch = CliRun.against(platform, "run", "watch", "run-1", "-o", "json");

        assertThat(watch.exitCode()).as(watch.err()).isZero();
        assertThat(watch.out().lines().map(line -> json(line).get("sequence").getAsLong()))
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, STEPS + 2).boxed().toList());
        assertThat(runs.watchedAfter).startsWith(0L, 3L, 6L);
    }

    @Test
    void aServiceThatComesBackAtItsAddressIsFollowedOn() throws InterruptedException {
        running();
        Thread restart = new Thread(() -> {
            platform.kill();
            runEndsAs(State.SUCCEEDED);
            platform.start();
        });
        restart.start();

        CliRun watch = CliRun.against(platform, "run", "watch", "run-1", "-o", "json");
        restart.join();

        assertThat(watch.exitCode()).as(watch.err()).isZero();
        assertThat(watch.out().lines()).hasSize(STEPS + 2);
    }

    @Test
    void aServiceThatStaysAwayIsUnreachable() {
        platform.kill();

        CliRun watch = CliRun.against(platform, "run", "watch", "run-1");

        assertThat(watch.exitCode()).isEqualTo(5);
        assertThat(watch.err())
                .contains("training-service at " + platform.endpoint() + " cannot be reached")
                .doesNotContain("Exception");
        platform.start();
    }

    @Test
    void aClientThatGivesUpSaysThatTheRunGoesOn() {
        platform.kill();
        CliRun watch = CliRun.against(platform, "run", "watch", "run-1");
        assertThat(watch.exitCode()).isEqualTo(5);
        assertThat(watch.err()).contains("run run-1 goes on", "finetide run watch run-1");
        CliRun evaluation = CliRun.against(platform, "eval", "watch", "projects/default/trainingRuns/run-1");
        assertThat(evaluation.exitCode()).isEqualTo(5);
        assertThat(evaluation.err()).contains("run run-1 goes on", "finetide run watch run-1");
        CliRun elsewhere = CliRun.against(platform, "run", "watch", "run-1", "--project", "other", "-o", "json");
        assertThat(elsewhere.err()).contains("finetide run watch projects/other/trainingRuns/run-1");
        platform.start();
    }

    @Test
    void waitingThatIsGivenUpSaysThatTheRunGoesOn() {
        running();
        runs.updatesAStream = 1;
        runs.staysAwayAfterWatches = 2;

        CliRun created = create("--wait");

        assertThat(created.exitCode()).isEqualTo(5);
        assertThat(created.err())
                .contains("training-service: the service is stopping", "trying again")
                .contains("run run-1 goes on, if need be when its services run again;"
                        + " follow it with: finetide run watch run-1");
        // Then the same run is followed to its end.
        runs.staysAwayAfterWatches = Integer.MAX_VALUE;
        runs.updatesAStream = Integer.MAX_VALUE;
        runEndsAs(State.SUCCEEDED);
        assertThat(CliRun.against(platform, "run", "watch", "run-1").exitCode()).isZero();
    }

    @Test
    void anErrorOfTheServiceDoesNotHideThatTheRunGoesOn() {
        runs.bug = true;

        CliRun watch = CliRun.against(platform, "run", "watch", "run-1");

        assertThat(watch.exitCode()).isEqualTo(1);
        assertThat(watch.err()).contains("internal error", "finetide run watch run-1");
    }

    @Test
    void aRunThatDoesNotExistDoesNotGoOn() {
        runs.missing = true;

        CliRun watch = CliRun.against(platform, "run", "watch", "run-1");

        assertThat(watch.exitCode()).isEqualTo(3);
        assertThat(watch.err()).doesNotContain("goes on");
    }

    @Test
    void aFailedRunFailsTheCommandAndSaysWhy() {
        runEndsAs(State.FAILED);

        CliRun watch = CliRun.against(platform, "run", "watch", "run-1");

        assertThat(watch.exitCode()).isEqualTo(1);
        assertThat(watch.err()).contains("INVALID_DATA: row 3 has no answer");
        assertThat(watch.err() + watch.out()).doesNotContain("\r", "\u001b");
    }

    @Test
    void waitingGoesFromTheRunOverItsEvaluationToTheApproval() {
        runEndsAs(State.SUCCEEDED);
        evaluationSucceeds();
        evaluations.unknown.set(2);
        models.add(VERSION, RUN, ModelVersion.State.APPROVED, Map.of("a.json", ByteString.EMPTY));

        CliRun created = create("--wait");

        assertThat(created.exitCode()).as(created.err()).isZero();
        assertThat(created.out())
                .contains("base   10    0.000 [0.000, 0.278]", "tuned  10    1.000 [0.722, 1.000]")
                .contains("support-desk@1 is approved");
        assertThat(created.err()).contains("right: hello -> {}");
    }

    @Test
    void waitingForAHeldVersionFailsWithItsReasons() {
        runEndsAs(State.SUCCEEDED);
        evaluationSucceeds();
        models.versions.put(
                VERSION,
                ModelVersion.newBuilder()
                        .setName(VERSION)
                        .setTrainingRun(RUN)
                        .setState(ModelVersion.State.PENDING_APPROVAL)
                        .addReasons("tuned is not better than base")
                        .build());

        CliRun created = create("--wait", "-o", "json");

        assertThat(created.exitCode()).isEqualTo(1);
        assertThat(created.err()).contains("tuned is not better than base");
        assertThat(created.out().lines()).hasSize(1);
        JsonObject outcome = json(created.out());
        assertThat(outcome.keySet()).containsExactly("trainingRun", "evaluation", "modelVersion");
        assertThat(outcome.getAsJsonObject("modelVersion").get("state").getAsString())
                .isEqualTo("PENDING_APPROVAL");
    }

    @Test
    void watchingAnEvaluationWaitsForItsRun() {
        runEndsAs(State.SUCCEEDED);
        evaluationSucceeds();
        evaluations.unknown.set(1);

        CliRun watch = CliRun.against(platform, "eval", "watch", "run-1");

        assertThat(watch.exitCode()).as(watch.err()).isZero();
        assertThat(watch.out()).contains("tuned  right").contains("evaluation  e-1");
    }

    @Test
    void aRunThatFailedHasNoEvaluationToWatch() {
        runEndsAs(State.FAILED);

        CliRun watch = CliRun.against(platform, "eval", "watch", "run-1");

        assertThat(watch.exitCode()).isEqualTo(1);
        assertThat(watch.err()).contains("run-1 is FAILED");
    }

    @Test
    void passagesOfRowsToLearnAreWrittenAsThoseOfArms() throws IOException {
        Path wrapping = Files.writeString(directory.resolve("wrap.txt"), "{passages}\n{question}\n");
        CliRun created =
                create("--train-passages", "3:fused:in=manual@2", "--train-passage-text", "@" + wrapping, "-o", "json");
        assertThat(created.exitCode()).as(created.err()).isZero();
        assertThat(runs.created.getLast().getConfig().getPassages())
                .isEqualTo(Retrieval.newBuilder()
                        .setCount(3)
                        .setRetriever(Retriever.FUSED)
                        .setDocuments("projects/default/datasets/manual/versions/2")
                        .setTemplate("{passages}\n{question}")
                        .build());
        create();
        assertThat(runs.created.getLast().getConfig().hasPassages()).isFalse();
        CliRun none = create("--train-passages", "many");
        assertThat(none.exitCode()).isEqualTo(ExitCode.USAGE.number());
        assertThat(none.err()).contains("--train-passages \"many\" has no number of passages; expected 3");
        assertThat(create("--train-passages", "3:near").err())
                .contains("--train-passages \"3:near\": unknown \"near\"; expected words, dense, fused,");
        assertThat(create("--train-passage-text", "x").err()).contains("add --train-passages 3");
    }

    @Test
    void optionsBecomeTheConfigAndOnlyWhatWasGivenIsSet() {
        CliRun created = create(
                "--rank", "8", "--target-modules", "q_proj,v_proj", "--lr", "1e-3", "--model", "desk", "-o", "json");

        assertThat(created.exitCode()).as(created.err()).isZero();
        assertThat(runs.created.getFirst().getConfig())
                .isEqualTo(TrainingConfig.newBuilder()
                        .setDatasetVersion("projects/default/datasets/support-desk/versions/latest")
                        .setBase("projects/default/bases/tiny")
                        .setModel("projects/default/models/desk")
                        .setMethod(Method.LORA)
                        .setLora(LoraConfig.newBuilder()
                                .setRank(8)
                                .addTargetModules("q_proj")
                                .addTargetModules("v_proj"))
                        .setLearningRate(1e-3)
                        .build());
        assertThat(json(created.out()).get("state").getAsString()).isEqualTo("QUEUED");
    }

    @Test
    void armsOfARunStandBetweenItsBaseAndItsResult() {
        create("--eval-arm", "few-shot=similar:8", "--eval-arm", "both=tuned+similar:4");
        create("--eval-arm", "tuned", "--eval-arm", "base+choose", "--eval-arm", "desk@3", "--eval-metric", "accuracy");
        create("--eval-max-rows", "10");

        assertThat(runs.created)
                .extracting(request -> request.getConfig().getEvaluation().getArmsList().stream()
                        .map(Arm::getName)
                        .toList())
                .containsExactly(
                        List.of("base", "few-shot", "tuned", "both"),
                        List.of("base", "tuned", "choose", "desk-3"),
                        List.of());
        assertThat(runs.created.get(1).getConfig().getEvaluation().getPrimaryMetric())
                .isEqualTo("accuracy");
    }

    @Test
    void aLostAnswerMakesNoSecondRun() {
        runs.lostAnswers.set(1);

        CliRun created = create();

        assertThat(created.exitCode()).as(created.err()).isZero();
        assertThat(created.out()).contains("run-1");
        assertThat(runs.created.stream().map(request -> request.getRequestId()).distinct())
                .hasSize(1);
    }

    @Test
    void aRefusedSettingIsNamedOnce() {
        CliRun created = create("--lr", "-1");

        assertThat(created.exitCode()).isEqualTo(4);
        assertThat(created.err())
                .isEqualToNormalizingNewlines("finetide: --lr (config.learning_rate): must be > 0, is -1.0\n");
    }

    @Test
    void aDirectoryIsAddedOnceAndOnlyWhatIsMissingIsSent() throws IOException {
        Path model = Files.createDirectory(directory.resolve("Tiny Llama"));
        Files.writeString(model.resolve("config.json"), "{}");
        Files.writeString(model.resolve("tokenizer.json"), "{\"t\": 1}");
        Files.writeString(model.resolve("model.safetensors"), "weights");
        Files.writeString(model.resolve("pytorch_model.bin"), "pickle");

        CliRun first = create(model.toString(), List.of());
        CliRun second = create(model.toString(), List.of());
        Files.writeString(model.resolve("model.safetensors"), "other weights");
        CliRun changed = create(model.toString(), List.of());

        assertThat(first.exitCode()).as(first.err()).isZero();
        assertThat(first.err()).contains("not taken").contains("pytorch_model.bin");
        assertThat(second.exitCode()).isZero();
        assertThat(changed.exitCode()).isZero();
        assertThat(registry.uploaded)
                .containsExactlyInAnyOrder("config.json", "tokenizer.json", "model.safetensors", "model.safetensors");
        assertThat(runs.created.stream().map(request -> request.getConfig().getBase()))
                .startsWith("projects/default/bases/tiny-llama", "projects/default/bases/tiny-llama")
                .last()
                .asString()
                .matches("projects/default/bases/tiny-llama-[0-9a-f]{8}");
    }

    @Test
    void anUnknownBaseDirectoryIsNotFound() {
        CliRun created = create(directory.resolve("absent").toString(), List.of());

        assertThat(created.exitCode()).isEqualTo(3);
        assertThat(created.err()).contains("base directory").contains("absent");
        assertThat(runs.created).isEmpty();
    }

    @Test
    void logsArePrintedLineByLineAcrossChunks() {
        runs.log.addAll(List.of(chunk(1, "one\ntw"), chunk(1, "o\nlost"), chunk(2, "three ü\n")));

        CliRun logs = CliRun.against(platform, "run", "logs", "run-1");

        assertThat(logs.out()).isEqualToNormalizingNewlines("one\ntwo\nlost\nthree ü\n");
    }

    private CliRun create(String... options) {
        return create("tiny", List.of(options));
    }

    private CliRun create(String base, List<String> options) {
        String[] arguments = Stream.concat(
                        Stream.of("run", "create", "--base", base, "--dataset", "support-desk"), options.stream())
                .toArray(String[]::new);
        return CliRun.against(platform, arguments);
    }

    private void running() {
        runs.updates.add(update(1).setTrainingRun(run(State.RUNNING)).build());
        for (int step = 1; step <= STEPS; step++) {
            runs.updates.add(update(step + 1)
                    .setProgress(TrainingProgress.newBuilder()
                            .setStep(step)
                            .setTotalSteps(STEPS)
                            .setLoss(1.0 / step))
                    .build());
        }
    }

    private void runEndsAs(State state) {
        if (runs.updates.isEmpty()) {
            running();
        }
        TrainingRun.Builder ended = run(state);
        if (state == State.FAILED) {
            ended.getErrorBuilder().setReason(WorkReason.INVALID_DATA).setMessage("row 3 has no answer");
        }
        runs.updates.add(update(STEPS + 2).setTrainingRun(ended).build());
    }

    private void evaluationSucceeds() {
        evaluations.updates.add(EvaluationUpdate.newBuilder()
                .setSequence(1)
                .setResult(ExampleResult.newBuilder()
                        .setArm("tuned")
                        .setPrompt("hello")
                        .setOutput("{}")
                        .putScores("exact_match", 1)
                        .setTotalRows(1))
                .build());
        evaluations.updates.add(EvaluationUpdate.newBuilder()
                .setSequence(2)
                .setEvaluation(Evaluation.newBuilder()
                        .setName(Evaluations.NAME)
                        .setState(State.SUCCEEDED)
                        .setReport(Reports.baseAndTuned()))
                .build());
    }

    private static TrainingRunUpdate.Builder update(long sequence) {
        return TrainingRunUpdate.newBuilder().setSequence(sequence);
    }

    private static TrainingRun.Builder run(State state) {
        return TrainingRun.newBuilder().setName(RUN).setState(state);
    }

    private static TrainingRunLogChunk chunk(int attempt, String text) {
        return TrainingRunLogChunk.newBuilder()
                .setAttempt(attempt)
                .setData(ByteString.copyFromUtf8(text))
                .build();
    }

    private static JsonObject json(String line) {
        return JsonParser.parseString(line).getAsJsonObject();
    }
}
