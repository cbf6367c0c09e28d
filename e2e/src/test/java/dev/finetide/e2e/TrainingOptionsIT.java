package dev.finetide.e2e;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.proto.training.v1.GetTrainingRunRequest;
import dev.finetide.proto.training.v1.StoredCheckpoint;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// A whole stack honours the options of a training run, and resumes from an older checkpoint when the newest is torn.
@ExtendWith(SharedStack.Provider.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TrainingOptionsIT {
    private static final Path DEMO = Finetide.HOME.resolve("demo");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private Path directory;
    private RunningStack stack;
    private Finetide finetide;

    @BeforeAll
    void start(SharedStack shared, @TempDir Path temp) throws Exception {
        directory = temp;
        stack = shared.stack();
        finetide = stack.finetide();
        Path rows = directory.resolve("rows.jsonl");
        try (Stream<String> lines = Files.lines(DEMO.resolve("support-desk/train.jsonl"))) {
            Files.write(rows, lines.limit(120).toList());
        }
        finetide.ok("dataset", "push", "options", rows.toString());
    }

    private String[] create(String... more) {
        return createOn("small", more);
    }

    private String[] createOn(String base, String... more) {
        List<String> command = new ArrayList<>(List.of(
                "run", "create", "--base", base, "--dataset", "options", "--batch-size", "8", "--eval-max-rows", "2"));
        command.addAll(List.of(more));
        command.addAll(List.of("-o", "json"));
        return command.toArray(String[]::new);
    }

    @Test
    void aDryRunSaysWhatTheRunWouldTakeAndTrainsNothing() throws Exception {
        JsonNode run = JSON.readTree(finetide.ok(create("--dry-run", "--validation-fraction", "0.2")));
        assertThat(run.path("state").asText()).isEqualTo("SUCCEEDED");
        assertThat(run.path("estimate").path("seconds").asDouble()).isPositive();
        assertThat(run.path("estimate").path("peakMemoryBytes").asLong()).isGreaterThan(100_000_000);
        assertThat(run.path("trainRows").asLong() + run.path("validationRows").asLong())
                .isBetween(90L, 120L);
        assertThat(run.has("output")).isFalse();
    }

    @Test
    void aRunStopsEarlyWithItsBestWeightsAndAnotherGoesOnWithThem() throws Exception {
        // Too high a learning rate: the validation loss rises soon.
        Finetide.Result first = finetide.run(create(
                "--lr=0.02",
                "--schedule=constant",
                "--epochs=20",
                "--validation-fraction=0.2",
                "--validate-every=2",
                "--early-stop-patience=2",
                "--wait"));
        JsonNode run = JSON.readTree(first.out()).path("trainingRun");
        assertThat(run.path("state").asText()).as("%s", first).isEqualTo("SUCCEEDED");
        assertThat(run.path("output").path("stoppedEarly").asBoolean()).isTrue();
        assertThat(run.path("output").path("resultStep").asInt())
                .isLessThan(run.path("output").path("steps").asInt())
                .isEqualTo(run.path("output").path("validation").path("step").asInt());
        Finetide.Result second = finetide.run(create("--from=options@1", "--max-steps=2", "--wait"));
        JsonNode next = JSON.readTree(second.out()).path("trainingRun");
        assertThat(next.path("state").asText()).as("%s", second).isEqualTo("SUCCEEDED");
        assertThat(next.path("config").path("lora"))
                .isEqualTo(run.path("config").path("lora"));
    }

    @Test
    void aRefusedSettingIsNamedByItsOption() throws Exception {
        Finetide.Result refused = finetide.run(create("--lr=-1", "--early-stop-patience=3"));
        assertThat(refused.exitCode()).isEqualTo(4);
        assertThat(refused.err()).contains("--lr (config.learning_rate): expected a finite number above 0");
    }

    @Test
    void aRunThatNeedsMoreMemoryThanItMayHaveFailsWithTheNumbersBeforeItsFirstStep() throws Exception {
        Finetide.Result refused = finetide.run(create("--memory-budget=1MB", "--threads=1", "--wait"));
        JsonNode run = JSON.readTree(refused.out()).path("trainingRun");
        assertThat(run.path("state").asText()).as("%s", refused).isEqualTo("FAILED");
        assertThat(run.path("error").path("reason").asText()).isEqualTo("BAD_CONFIGURATION");
        assertThat(run.path("error").path("message").asText())
                .startsWith("memoryBudget is 1 MB, expected at least ")
                .contains(" weights in FP32 take ");
        assertThat(run.has("progress")).isFalse();
    }

    /// The newest checkpoint is torn in the blob store and the worker is killed. The base's template writes the time,
    /// which is the run's in every attempt: otherwise no checkpoint would fit.
    @Test
    void theCheckpointBeforeATornOneIsUsed() throws Exception {
        String run = JSON.readTree(finetide.ok(
                        createOn(clockBase(), "--max-steps=200", "--checkpoint-every=5", "--validation-fraction=0.2")))
                .path("name")
                .asText();
        Path log = directory.resolve("watch.log");
        Process watch = finetide.start(log, "run", "watch", run, "-o", "json");
        await().atMost(PATIENCE).until(() -> checkpoints(log).size() >= 2);
        ProcessHandle worker = stack.worker(run).orElseThrow(() -> new AssertionError("no worker runs"));
        new ProcessBuilder("kill", "-STOP", Long.toString(worker.pid())).start().waitFor();
        await().during(Duration.ofSeconds(2)).atMost(PATIENCE).until(new Unchanged(log)::now);
        int newest = checkpoints(log).getLast();
        // Not by a command, which may take seconds: a worker that says nothing for half a minute is lost.
        assertThat(kept(run))
                .hasSize(2)
                .allSatisfy(checkpoint -> assertThat(checkpoint.getSizeBytes()).isPositive());
        // Besides the two there may be one that the worker was writing.
        await().atMost(PATIENCE)
                .ignoreExceptionsInstanceOf(UncheckedIOException.class)
                .untilAsserted(() -> assertThat(stored()).hasSizeBetween(2, 3));
        tear(newest);
        worker.destroyForcibly();
        assertThat(watch.waitFor()).as(Finetide.read(log)).isZero();
        JsonNode ended = JSON.readTree(finetide.ok("run", "show", run, "-o", "json"));
        assertThat(ended.path("state").asText()).isEqualTo("SUCCEEDED");
        assertThat(ended.path("history").toString())
                .contains("not used: step " + newest + ": ")
                .contains("from step " + (newest - 5));
        assertThat(ended.path("checkpoints")).isEmpty();
        await().atMost(PATIENCE)
                .ignoreExceptionsInstanceOf(UncheckedIOException.class)
                .untilAsserted(() -> assertThat(stored()).isEmpty());
    }

    /// Returns the checkpoints of a run that are kept.
    private List<StoredCheckpoint> kept(String run) {
        ManagedChannel channel = stack.channel("training-service");
        try {
            return TrainingRunServiceGrpc.newBlockingStub(channel)
                    .getTrainingRun(
                            GetTrainingRunRequest.newBuilder().setName(run).build())
                    .getCheckpointsList();
        } finally {
            channel.shutdownNow();
        }
    }

    /// Returns the directory of the demo's base with a template that writes the second.
    private String clockBase() throws IOException {
        Path base = Files.createDirectories(directory.resolve("clock"));
        try (Stream<Path> files = Files.list(DEMO.resolve("base"))) {
            for (Path file : files.toList()) {
                Files.copy(file, base.resolve(file.getFileName()));
            }
        }
        Path template = base.resolve("chat_template.jinja");
        Files.writeString(template, "{{ strftime_now('%H:%M:%S ') }}" + Files.readString(template));
        return base.toString();
    }

    /// Returns the folders of checkpoints in the blob store, of all runs. Runs that failed or were cancelled here have
    /// none.
    private List<Path> stored() throws IOException {
        try (Stream<Path> blobs = Files.walk(stack.data().resolve("blobs"))) {
            return blobs.filter(Files::isRegularFile)
                    .map(Path::getParent)
                    .filter(folder -> folder.getFileName().toString().startsWith("step-"))
                    .distinct()
                    .toList();
        }
    }

    private static final class Unchanged {
        private final Path file;
        private long size = -1;

        Unchanged(Path file) {
            this.file = file;
        }

        boolean now() throws IOException {
            long before = size;
            size = Files.size(file);
            return size == before;
        }
    }

    /// Returns the steps of the checkpoints that the service knows.
    private static List<Integer> checkpoints(Path log) throws IOException {
        List<Integer> steps = new ArrayList<>();
        for (String line : Finetide.read(log).split("\n")) {
            if (line.startsWith("{") && line.endsWith("}") && line.contains("\"checkpoint\"")) {
                steps.add(JSON.readTree(line).path("checkpoint").path("step").asInt());
            }
        }
        return steps;
    }

    private void tear(int step) throws IOException {
        try (Stream<Path> blobs = Files.walk(stack.data().resolve("blobs"))) {
            Path weights = blobs.filter(
                            path -> path.endsWith(Path.of("step-%08d".formatted(step), "trained.safetensors")))
                    .findFirst()
                    .orElseThrow();
            byte[] bytes = Files.readAllBytes(weights);
            bytes[bytes.length / 2] ^= 1;
            Files.write(weights, bytes);
        }
    }
}
