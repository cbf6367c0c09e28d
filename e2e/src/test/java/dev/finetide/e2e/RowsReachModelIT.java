package dev.finetide.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Rows reach the model whole or are refused, and a model is asked as it was trained.
@ExtendWith(SharedStack.Provider.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RowsReachModelIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TOOLS = """
            {"messages":[{"role":"user","content":"Sum %d and 2."},{"role":"assistant","content":null,"tool_calls":[{"id":"c1",\
            "type":"function","function":{"name":"add","arguments":"{\\"a\\":1}"}}]}],\
            "tools":[{"type":"function","function":{"name":"add","description":"Adds.","parameters":{"type":"object"}}}]}""";
    private static final String CHAT =
            "{\"messages\":[{\"role\":\"user\",\"content\":\"Say %d.\"},{\"role\":\"assistant\",\"content\":\"%1$d it is.\"}]}";

    private Path directory;
    private Finetide finetide;

    @BeforeAll
    void start(SharedStack shared, @TempDir Path temp) {
        directory = temp;
        finetide = shared.stack().finetide();
    }

    @Test
    void toolCallsThatTheTemplateDoesNotWriteAreRefusedWhenTheRunIsCreated() throws Exception {
        List<String> rows = new ArrayList<>();
        IntStream.range(0, 20).forEach(i -> rows.add(CHAT.formatted(i)));
        rows.set(3, TOOLS.formatted(3));
        rows.set(7, TOOLS.formatted(7));
        push("lost-tools", rows, List.of(CHAT.formatted(99)));

        Finetide.Result refused = finetide.run("run", "create", "--base", "small", "--dataset", "lost-tools");
        JsonNode estimated = JSON.readTree(finetide.ok(
                "run",
                "create",
                "--base",
                "small",
                "--dataset",
                "lost-tools",
                "--leave-out",
                "not-rendered",
                "--dry-run",
                "-o",
                "json"));

        assertThat(refused.exitCode()).isEqualTo(4);
        assertThat(refused.err())
                .contains("writes tools (2 rows, the first: lost-tools.jsonl line 4), tool calls (2 rows,");
        JsonNode found = estimated.path("rowReport").path("findings").path(0);
        assertThat(found.path("finding").asText()).isEqualTo("NOT_RENDERED");
        assertThat(found.path("rows").asInt()).isEqualTo(2);
        assertThat(found.path("leftOut").asBoolean()).isTrue();
        assertThat(found.path("first").path(1).path("place").path("line").asInt())
                .isEqualTo(8);
        assertThat(estimated.path("trainRows").asInt()).isEqualTo(18);
        assertThat(estimated.path("rowReport").path("example").asText()).contains("Say 0.", "⟦0 it is.");
    }

    /// The space at the prompt's end becomes a part of the answer's first token, so a prompt that is tokenised alone is
    /// not what was trained.
    @Test
    void aPromptThatEndsWithASpaceIsAskedAsItWasTrainedAndHeldForAReviewer() throws Exception {
        List<String> words = List.of("red", "blue", "green", "white", "black", "grey");
        List<String> rows = IntStream.range(0, 12)
                .mapToObj(i -> "{\"prompt\":\"Number %d is \",\"completion\":\"%s\"}".formatted(i, words.get(i % 6)))
                .toList();
        push("spaces", rows, rows);

        JsonNode outcome = JSON.readTree(finetide.run(
                        "run",
                        "create",
                        "--base",
                        "small",
                        "--dataset",
                        "spaces",
                        "--render",
                        "text",
                        "--max-steps",
                        "250",
                        "--batch-size",
                        "12",
                        "--lr",
                        "0.003",
                        "--wait",
                        "-o",
                        "json")
                .out());

        JsonNode report = outcome.path("evaluation").path("report");
        assertThat(report.path("arms")
                        .path(1)
                        .path("scores")
                        .path("exact_match")
                        .path("value")
                        .asDouble())
                .as("%s", outcome)
                .isGreaterThan(0.8);
        assertThat(report.path("rowReport")
                        .path("findings")
                        .path(0)
                        .path("finding")
                        .asText())
                .isEqualTo("BROKEN_PREFIX");
        assertThat(report.path("maxNewTokens").asInt())
                .isEqualTo(outcome.path("trainingRun")
                        .path("config")
                        .path("evaluation")
                        .path("maxNewTokens")
                        .asInt())
                .isLessThan(10);
        assertThat(outcome.path("modelVersion").path("state").asText()).isEqualTo("PENDING_APPROVAL");
        assertThat(outcome.path("modelVersion").path("reasons").toString())
                .contains("12 test rows have an input that is also in train", "tokenised alone");
    }

    private void push(String name, List<String> train, List<String> test) throws IOException, InterruptedException {
        Path trainFile = directory.resolve(name + ".jsonl");
        Path testFile = directory.resolve(name + "-test.jsonl");
        Files.write(trainFile, train);
        Files.write(testFile, test);
        finetide.ok("dataset", "push", name, trainFile.toString(), "--test", testFile.toString());
    }
}
