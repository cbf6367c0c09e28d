package dev.finetide.e2e;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.proto.evaluation.v1.ArmReport;
import dev.finetide.proto.evaluation.v1.EvaluationServiceGrpc;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.WatchEvaluationRequest;
import dev.finetide.proto.model.v1.ModelEvent;
import dev.finetide.proto.work.v1.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The main job at small size ends in exactly one model version, whose files are those that were trained, although
/// everything goes wrong on the way: the worker is killed once, each service once, broker and database
/// once, and every worker event arrives twice.
class MainJobIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path DEMO = Finetide.HOME.resolve("demo");
    private static final int STEPS = 60;
    private static final int TEST_ROWS = 40;

    @TempDir
    Path directory;

    @Test
    void aRunSurvivesEveryKillAndEndsInOneModelVersion() throws Exception {
        try (RunningStack stack = RunningStack.start(directory, Map.of(RunningStack.REPORTS, "true"))) {
            try (WorkerEventEcho echo = new WorkerEventEcho(stack.kafka())) {
                Finetide finetide = stack.finetide();

                // Given a dataset version and a base
                Path train = head(DEMO.resolve("support-desk/train.jsonl"), 400);
                Path test = head(DEMO.resolve("support-desk/test.jsonl"), TEST_ROWS);
                JsonNode version = json(finetide.ok(
                        "dataset", "push", "tickets", train.toString(), "--test", test.toString(), "-o", "json"));
                assertThat(version.path("testRows").asInt()).isEqualTo(TEST_ROWS);
                finetide.ok("base", "add", "small", DEMO.resolve("base").toString());

                // When a run is requested and everything is killed on its way
                JsonNode created = json(finetide.ok(
                        "run",
                        "create",
                        "--base",
                        "small",
                        "--dataset",
                        "tickets",
                        "--model",
                        "tickets",
                        "--method",
                        "lora",
                        "--max-steps",
                        Integer.toString(STEPS),
                        "--checkpoint-every",
                        "5",
                        "--batch-size",
                        "16",
                        "--lr",
                        "3e-3",
                        "--eval-max-new-tokens",
                        "48",
                        "-o",
                        "json"));
                String run = created.path("name").asText();
                killEverythingOnTheWay(stack, run);

                // Then it succeeded once, and its history tells of the lost worker
                stack.awaitDecided("projects/default/models/tickets/versions/1");
                JsonNode done = json(finetide.ok("run", "show", run, "-o", "json"));
                assertThat(done.path("attempt").asInt()).isGreaterThanOrEqualTo(2);
                assertThat(done.path("output").path("steps").asInt()).isEqualTo(STEPS);

                JsonNode model = json(finetide.ok("model", "show", "tickets@1", "-o", "json"));
                if (!model.path("state").asText().equals("APPROVED")) {
                    // Sixty steps are few: where exact match did not move, the policy holds and a reviewer decides.
                    assertThat(model.path("reasons")).isNotEmpty();
                    finetide.ok("model", "approve", "tickets@1", "--reason", "e2e");
                }
                assertThat(lines(finetide.ok("model", "list", "tickets", "-o", "json")))
                        .hasSize(1);

                stack.ask(
                        "training-service",
                        channel -> TrainingUpdates.of(channel, run).verify(STEPS));
                verifyEvaluationUpdates(stack, done.path("evaluation").asText());
                assertThat(approvedVersions(stack.kafka()))
                        .containsExactly("projects/default/models/tickets/versions/1");
                assertThat(echo.echoed()).isGreaterThan(STEPS);

                verifyPull(finetide, model);
            }
            List<ProcessHandle> processes = stack.processes();
            stack.close();
            assertThat(processes).noneMatch(ProcessHandle::isAlive);
        }
    }

    private static void killEverythingOnTheWay(RunningStack stack, String run) throws Exception {
        stack.awaitStep(run, 8);
        stack.worker(run)
                .orElseThrow(() -> new AssertionError("no worker runs"))
                .destroyForcibly();
        stack.kill("training-service");
        stack.awaitRun(run, State.RUNNING, State.SUCCEEDED);
        stack.kill("dataset-service");
        stack.kill("kafka");
        stack.kill("postgres");
        stack.awaitRun(run, State.SUCCEEDED);
        stack.kill("eval-service");
        stack.kill("registry-service");
    }

    /// Verifies that each row of each arm counts once in the end, however often its result arrived.
    private static void verifyEvaluationUpdates(RunningStack stack, String evaluation) {
        List<EvaluationUpdate> updates = new ArrayList<>();
        stack.ask(
                "eval-service",
                channel -> EvaluationServiceGrpc.newBlockingStub(channel)
                        .watchEvaluation(WatchEvaluationRequest.newBuilder()
                                .setName(evaluation)
                                .build())
                        .forEachRemaining(updates::add));
        assertThat(updates.stream().map(EvaluationUpdate::getSequence))
                .doesNotHaveDuplicates()
                .isSorted();
        EvaluationUpdate last = updates.getLast();
        List<ArmReport> arms = last.getEvaluation().getReport().getArmsList();
        assertThat(arms).extracting(ArmReport::getArm).containsExactly("base", "tuned");
        assertThat(arms).extracting(ArmReport::getRows).containsOnly((long) TEST_ROWS);
        assertThat(arms.get(1).getScoresOrThrow("loss").getValue())
                .isLessThan(arms.get(0).getScoresOrThrow("loss").getValue());
        assertThat(last.getEvaluation().getArms(1).getPreparation().getLogitChange())
                .as("change of logits by the adapter")
                .isPositive();
    }

    /// Returns the names of the model versions that the public topic says were approved.
    static Set<String> approvedVersions(Map<String, Object> kafka) throws Exception {
        Set<String> approved = new HashSet<>();
        for (var record : TopicRecords.read(kafka, "finetide.model.v1")) {
            ModelEvent event = ModelEvent.parseFrom(record.value());
            if (event.hasModelVersionApproved()) {
                approved.add(event.getModelVersionApproved().getModelVersion().getName());
            }
        }
        return approved;
    }

    private void verifyPull(Finetide finetide, JsonNode model) throws Exception {
        Path pulled = directory.resolve("adapter");
        finetide.ok("model", "pull", "tickets@1", pulled.toString());
        try (Stream<Path> files = Files.list(pulled)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .contains("adapter_config.json", "adapter_model.safetensors", "README.md")
                    .hasSize(model.path("files").size());
        }
        // A revoked version is no longer served.
        finetide.ok("model", "revoke", "tickets@1", "--reason", "e2e");
        assertThat(json(finetide.ok("dataset", "report", "tickets", "--wait", "-o", "json"))
                        .path("report")
                        .path("verdict")
                        .path("fitness")
                        .asText())
                .isNotEmpty();
        assertThat(finetide.ok("audit", "--resource", "projects/default/datasets/tickets", "-o", "json"))
                .contains("DatasetVersionPublished");
        await().untilAsserted(() -> assertThat(
                        lines(finetide.ok("audit", "--resource", "projects/default/models/tickets", "-o", "json")))
                .last()
                .satisfies(entry -> {
                    assertThat(json(entry).path("event").asText()).isEqualTo("ModelVersionRevoked");
                    assertThat(json(entry).path("subject").asText()).isNotEmpty();
                }));
        Finetide.Result refused = finetide.run(
                "model", "pull", "tickets@1", directory.resolve("again").toString());
        assertThat(refused.exitCode()).isEqualTo(4);
        assertThat(refused.err()).contains("REVOKED");
        assertThat(directory.resolve("again")).doesNotExist();
    }

    private Path head(Path file, int lines) throws IOException {
        return head(directory, file, lines);
    }

    /// Writes the first lines of a file to a file of the same name.
    static Path head(Path directory, Path file, int lines) throws IOException {
        Path head = directory.resolve(file.getFileName());
        try (Stream<String> all = Files.lines(file)) {
            Files.write(head, all.limit(lines).toList());
        }
        return head;
    }

    static JsonNode json(String line) {
        try {
            return JSON.readTree(line);
        } catch (IOException e) {
            throw new AssertionError("not JSON: " + line, e);
        }
    }

    private static List<String> lines(String text) {
        return text.lines().filter(line -> !line.isBlank()).toList();
    }
}
