package dev.finetide.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// Runs the `finetide` command as a user does: a process, its output, its exit code.
final class Finetide {
    /// The repository's root.
    static final Path HOME =
            Path.of(System.getProperty("finetide.home", "..")).toAbsolutePath().normalize();

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long LONGEST_COMMAND_SECONDS = 1_200;

    private static final Set<String> WITHOUT_A_STACK = Set.of("up", "down", "status", "demo", "login", "logout");

    private final Path data;
    private final Map<String, String> environment;

    /// @param data the stack's data directory
    Finetide(Path data) {
        this(data, Map.of());
    }

    /// @param environment variables in addition to the test's own
    Finetide(Path data, Map<String, String> environment) {
        this.data = data;
        this.environment = environment;
    }

    record Result(int exitCode, String out, String err) {}

    /// Runs a command against the stack and waits for its end.
    Result run(String... arguments) throws IOException, InterruptedException {
        Path out = Files.createTempFile("finetide-", ".out");
        Path err = Files.createTempFile("finetide-", ".err");
        try {
            Process process = builder(arguments)
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
            process.getOutputStream().close();
            if (!process.waitFor(LONGEST_COMMAND_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("finetide " + String.join(" ", arguments) + " did not end in time");
            }
            return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    /// Runs a command that has to succeed, and returns its standard output.
    String ok(String... arguments) throws IOException, InterruptedException {
        Result result = run(arguments);
        if (result.exitCode() != 0) {
            throw new AssertionError("finetide %s: exit code %d%n%s%s"
                    .formatted(String.join(" ", arguments), result.exitCode(), result.out(), result.err()));
        }
        return result.out();
    }

    /// Runs a training run to the decision about its model version, whatever that is.
    ///
    /// @param options of `run create`, parted by spaces
    /// @return `trainingRun`, which succeeded, `evaluation` and `modelVersion`
    JsonNode train(String options) throws IOException, InterruptedException {
        Result result = run(("run create " + options + " --wait -o json").split(" "));
        JsonNode outcome = JSON.readTree(result.out());
        assertThat(outcome.path("trainingRun").path("state").asText())
                .as("%s", result)
                .isEqualTo("SUCCEEDED");
        return outcome;
    }

    /// Starts a command and returns at once; the command's output is appended to `log`.
    Process start(Path log, String... arguments) throws IOException {
        return builder(arguments)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }

    private ProcessBuilder builder(String... arguments) {
        List<String> command = new ArrayList<>(List.of(HOME.resolve("finetide").toString()));
        command.addAll(List.of(arguments));
        if (!WITHOUT_A_STACK.contains(arguments[0])) {
            command.addAll(List.of("--data", data.toString()));
        }
        ProcessBuilder builder = new ProcessBuilder(command);
        // Built by this very build; asking again would start Maven inside Maven.
        builder.environment().put("FINETIDE_NO_BUILD", "1");
        builder.environment().putAll(environment);
        return builder;
    }

    static String read(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file, StandardCharsets.UTF_8) : "";
        } catch (IOException e) {
            return "";
        }
    }
}
