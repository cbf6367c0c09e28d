package dev.finetide.e2e;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A stack is stopped and started again under a client that waits. The client follows the run to its decision, also at
/// other ports, and the counts are those of a run that was never stopped.
class StoppedStackIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final int STEPS = 120;

    @TempDir
    Path directory;

    @Test
    void aClientThatWaitsGoesOnAfterTheRestart() throws Exception {
        // Given
        Path log = directory.resolve("wait.log");
        Process waiting;
        String run;
        try (RunningStack stack = RunningStack.start(directory)) {
            push(stack.finetide());
            waiting = stack.finetide()
                    .start(
                            log,
                            "run",
                            "create",
                            "--base=small",
                            "--dataset=desk",
                            "--max-steps=" + STEPS,
                            "--batch-size=8",
                            "--checkpoint-every=10",
                            "--eval-max-rows=2",
                            "--wait");
            await().atMost(PATIENCE).until(() -> Finetide.read(log).contains("running (attempt 1"));
            run = firstRun(log);
            stack.awaitStep("projects/default/trainingRuns/" + run, 20);
            // When the stack is stopped as by finetide down
        }
        assertThat(waiting.isAlive()).as(Finetide.read(log)).isTrue();
        try (RunningStack stack = RunningStack.start(directory)) {
            // Then
            waiting.waitFor();
            assertThat(Finetide.read(log))
                    .contains("the service is stopping, trying again", "attempt 2", "from step ", "desk@1")
                    .doesNotContain("internal error", "cannot be reached");
            JsonNode ended = show(stack, run);
            assertThat(ended.path("state").asText()).isEqualTo("SUCCEEDED");
            // The estimate counts the tokens of all steps, however many attempts they take.
            assertThat(ended.path("output").path("steps").asInt()).isEqualTo(STEPS);
            assertThat(ended.path("output").path("trainedTokens"))
                    .isEqualTo(ended.path("estimate").path("tokens"));
            assertThat(ended.path("output").path("trainedTokens").isNumber()).isTrue();
            assertThat(ended.path("config").path("precision").asText()).isEqualTo("FP32");
            assertThat(ended.path("config")
                            .path("evaluation")
                            .path("maxNewTokens")
                            .asInt())
                    .isPositive();
            assertThat(ended.path("machine").path("threads").asInt()).isPositive();
        }
    }

    private void push(Finetide finetide) throws IOException, InterruptedException {
        Path demo = Finetide.HOME.resolve("demo");
        Path rows = directory.resolve("rows.jsonl");
        try (Stream<String> lines = Files.lines(demo.resolve("support-desk/train.jsonl"))) {
            List<String> some = lines.limit(200).toList();
            Files.write(rows, some);
        }
        finetide.ok("base", "add", "small", demo.resolve("base").toString());
        finetide.ok("dataset", "push", "desk", rows.toString());
    }

    private static String firstRun(Path log) {
        Matcher name = Pattern.compile("run-[0-9a-z]+").matcher(Finetide.read(log));
        assertThat(name.find()).isTrue();
        return name.group();
    }

    private static JsonNode show(RunningStack stack, String run) throws IOException, InterruptedException {
        return JSON.readTree(stack.finetide().ok("run", "show", run, "-o", "json"));
    }
}
