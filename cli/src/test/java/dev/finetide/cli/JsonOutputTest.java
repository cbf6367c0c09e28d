package dev.finetide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.finetide.cli.platform.FilledAnswers;
import dev.finetide.cli.platform.Platform;
import dev.finetide.proto.dataset.v1.DatasetReportServiceGrpc;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc;
import dev.finetide.proto.evaluation.v1.AdviceServiceGrpc;
import dev.finetide.proto.evaluation.v1.EvaluationServiceGrpc;
import dev.finetide.proto.model.v1.BaseServiceGrpc;
import dev.finetide.proto.model.v1.ModelServiceGrpc;
import dev.finetide.proto.project.v1.ProjectServiceGrpc;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// The JSON of every command has one case of names, and numbers are numbers.
public class JsonOutputTest {
    /// Commands whose JSON is made elsewhere, with the test that looks at it.
    private static final Map<String, String> TESTED_ELSEWHERE = Map.ofEntries(
            Map.entry("audit", "MainJobIT of e2e"),
            Map.entry("demo", "DemoReportTest"),
            Map.entry("eval compare", "EvaluationHtmlTest"),
            Map.entry("eval export", "EvaluationHtmlTest"),
            Map.entry("events tail", "EventJsonTest"),
            Map.entry("model pull", "ModelPullTest"),
            Map.entry("engine bench", "PrintedJsonTest of gpu-worker"),
            Map.entry("engine verify", "PrintedJsonTest of gpu-worker"),
            Map.entry("generate", "PrintedJsonTest of gpu-worker"),
            Map.entry("model merge", "PrintedJsonTest of gpu-worker"),
            Map.entry("whoami", "LoginTest"));

    @TempDir
    Path directory;

    private Platform platform;

    @BeforeEach
    void start() {
        platform = new Platform(
                new FilledAnswers(DatasetServiceGrpc.getServiceDescriptor()),
                new FilledAnswers(DatasetReportServiceGrpc.getServiceDescriptor()),
                new FilledAnswers(TrainingRunServiceGrpc.getServiceDescriptor()),
                new FilledAnswers(EvaluationServiceGrpc.getServiceDescriptor()),
                new FilledAnswers(AdviceServiceGrpc.getServiceDescriptor()),
                new FilledAnswers(BaseServiceGrpc.getServiceDescriptor()),
                new FilledAnswers(ModelServiceGrpc.getServiceDescriptor()),
                new FilledAnswers(ProjectServiceGrpc.getServiceDescriptor()));
    }

    @AfterEach
    void stop() {
        platform.close();
    }

    private List<List<String>> commandLines() throws IOException {
        return commandLines(directory);
    }

    /// Returns a call of each command that prints answers of services.
    static List<List<String>> commandLines(Path directory) throws IOException {
        Path rows = Files.writeString(directory.resolve("rows.jsonl"), "{}\n");
        Path base = Files.createDirectories(directory.resolve("base"));
        Files.writeString(base.resolve("config.json"), "{\"model_type\": \"llama\"}");
        Files.writeString(base.resolve("tokenizer.json"), "{}");
        Files.writeString(base.resolve("model.safetensors"), "weights");
        return List.of(
                List.of(
                        "dataset",
                        "push",
                        "support-desk",
                        rows.toString(),
                        "--refused-file",
                        directory.resolve("refused.jsonl").toString()),
                List.of("dataset", "list"),
                List.of("dataset", "list", "support-desk"),
                List.of("dataset", "show", "support-desk"),
                List.of("dataset", "rows", "support-desk"),
                List.of("dataset", "tokens", "support-desk", "--base", "tiny"),
                List.of("dataset", "tokens", "support-desk", "--base", "tiny", "--row", "1"),
                List.of("dataset", "derive", "support-desk", "--from", "support-desk"),
                List.of("dataset", "report", "support-desk"),
                List.of("dataset", "report", "support-desk", "--found", "leak"),
                List.of("dataset", "diff", "support-desk@1", "support-desk@2"),
                List.of(
                        "dataset",
                        "export",
                        "support-desk",
                        "-O",
                        directory.resolve("rows.export").toString()),
                List.of("dataset", "tag", "support-desk", "prod", "--remove"),
                List.of("dataset", "tags", "support-desk"),
                List.of("dataset", "history", "support-desk"),
                List.of("dataset", "delete", "support-desk@1", "--yes"),
                List.of("base", "add", "tiny", base.toString()),
                List.of("base", "list"),
                List.of("base", "show", "tiny"),
                List.of("base", "delete", "tiny", "--yes"),
                List.of("run", "delete", "run-1", "--yes"),
                List.of("model", "delete", "support-desk@1", "--yes"),
                List.of("run", "create", "--base", "tiny", "--dataset", "support-desk"),
                List.of("run", "create", "--base", "tiny", "--dataset", "support-desk", "--wait"),
                List.of("run", "create", "--base", "tiny", "--dataset", "support-desk", "--dry-run"),
                List.of("run", "list"),
                List.of("run", "show", "run-1"),
                List.of("run", "watch", "run-1"),
                List.of("run", "logs", "run-1"),
                List.of("run", "cancel", "run-1"),
                List.of("run", "compare", "run-1", "run-2"),
                List.of("eval", "create", "--base", "tiny", "--dataset", "support-desk", "--arm", "base"),
                List.of("eval", "create", "--base", "tiny", "--dataset", "support-desk", "--arm", "base", "--wait"),
                List.of("eval", "list"),
                List.of("eval", "show", "run-1"),
                List.of("eval", "cancel", "run-1"),
                List.of("eval", "watch", "run-1"),
                List.of("advise", "--base", "tiny", "--dataset", "support-desk"),
                List.of("advice", "list"),
                List.of("advice", "show", "a-1"),
                List.of("advice", "watch", "a-1"),
                List.of("advice", "cancel", "a-1"),
                List.of("model", "list"),
                List.of("model", "show", "support-desk"),
                List.of("model", "approve", "support-desk@1", "--reason", "good"),
                List.of("model", "reject", "support-desk@1", "--reason", "bad"),
                List.of("model", "revoke", "support-desk@1", "--reason", "bad"),
                List.of("project", "create", "research", "--reviewers", "2"),
                List.of("project", "list"),
                List.of("project", "show", "research"),
                List.of("project", "get", "research"),
                List.of("project", "set", "research", "--no-own-approval"),
                List.of("project", "grant", "research", "alice", "--role", "viewer"),
                List.of("project", "revoke", "research", "alice"));
    }

    @Test
    void namesAreLowerCamelAndNumbersAreNumbers() throws IOException {
        for (List<String> commandLine : commandLines()) {
            CliRun run = CliRun.against(
                    platform,
                    Stream.concat(commandLine.stream(), Stream.of("-o", "json")).toArray(String[]::new));
            assertThat(run.out()).as(commandLine + ": " + run.err()).isNotBlank();
            run.out().lines().forEach(line -> check(JsonParser.parseString(line), commandLine.toString()));
        }
        CliRun status = CliRun.of("status", "--data", directory.resolve("none").toString(), "-o", "json");
        assertThat(status.out().lines()).hasSize(1);
        check(JsonParser.parseString(status.out()), "status");
    }

    @Test
    void largeNumbersAreNumbersToo() {
        CliRun run = CliRun.against(platform, "run", "show", "run-1", "-o", "json");
        JsonObject shown = JsonParser.parseString(run.out()).getAsJsonObject();
        assertThat(shown.getAsJsonObject("config").get("seed").toString())
                .isEqualTo(String.valueOf(FilledAnswers.LONG));
        assertThat(shown.getAsJsonObject("config").getAsJsonObject("machine")).isNull();
        assertThat(shown.getAsJsonObject("machine").get("memoryBudgetBytes").toString())
                .isEqualTo(String.valueOf(FilledAnswers.LONG));
        assertThat(shown.getAsJsonArray("initialAdapter")
                        .get(0)
                        .getAsJsonObject()
                        .get("sizeBytes")
                        .toString())
                .isEqualTo(String.valueOf(FilledAnswers.LONG));
    }

    @Test
    void everyCommandThatPrintsJsonIsTested() throws IOException {
        Set<String> tested = commandLines().stream()
                .map(commandLine -> commandLine.get(1).startsWith("-")
                        ? commandLine.get(0)
                        : commandLine.get(0) + " " + commandLine.get(1))
                .collect(Collectors.toCollection(TreeSet::new));
        tested.add("status");
        tested.addAll(TESTED_ELSEWHERE.keySet());
        Set<String> printing = new TreeSet<>();
        collect(
                Main.commandLine(new PrintWriter(new StringWriter()), new PrintWriter(new StringWriter())),
                "",
                printing);
        assertThat(tested).isEqualTo(printing);
    }

    private static void collect(CommandLine command, String path, Set<String> found) {
        if (command.getCommandSpec().findOption("-o") != null) {
            found.add(path.strip());
        }
        command.getSubcommands().forEach((name, next) -> collect(next, path + " " + name, found));
    }

    /// Checks one line of JSON.
    public static void check(JsonElement json, String where) {
        if (json.isJsonObject()) {
            json.getAsJsonObject().asMap().forEach((name, value) -> {
                assertThat(name).as(where).matches("[a-z][a-zA-Z0-9]*");
                check(value, where + "." + name);
            });
        } else if (json.isJsonArray()) {
            json.getAsJsonArray().forEach(item -> check(item, where + "[]"));
        } else if (json.isJsonPrimitive() && json.getAsJsonPrimitive().isString()) {
            assertThat(json.getAsString()).as(where).doesNotMatch("-?[0-9.]+(e[0-9]+)?");
        }
    }
}
