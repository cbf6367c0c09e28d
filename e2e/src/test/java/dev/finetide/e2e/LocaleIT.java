package dev.finetide.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Text is UTF-8 in a locale that knows ASCII alone: arguments, names of files, what is stored, learnt, asked and
/// printed. Commands stand in files of shell script, because the locale of this JVM may be such a one, too.
@ExtendWith(SharedStack.Provider.class)
class LocaleIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String POSIX = "POSIX";

    @TempDir
    Path directory;

    @Test
    void whatAUserWritesIsStoredLearntAskedAndPrintedAsItIs(SharedStack shared) throws Exception {
        RunningStack stack = shared.stack();
        JsonNode version = JSON.readTree(shell(stack, """
                    cd "$DIRECTORY"
                    { echo 'texte,réponse'; for i in 0 1 2 3 4 5 6 7; do echo "Où est le colis $i ?,Au dépôt $i"; done; } > données.csv
                    "$FINETIDE" dataset push locale données.csv --test données.csv --prompt-template 'Question posée : {texte}' \\
                        --completion-template ' Réponse : {réponse}' -o json --data "$DATA"
                    """));
        assertThat(version.path("trainRows").asInt()).isEqualTo(8);
        String run = stack.finetide()
                .train("--base small --dataset locale --max-steps 1 --max-length 512 --batch-size 2")
                .at("/trainingRun/name")
                .asText();

        List<JsonNode> asked = new ArrayList<>();
        for (String line :
                stack.finetide().ok("eval", "watch", run, "-o", "json").lines().toList()) {
            asked.addAll(JSON.readTree(line).findParents("prompt"));
        }
        assertThat(asked).isNotEmpty().allSatisfy(example -> {
            assertThat(example.path("prompt").asText()).matches("Question posée : Où est le colis [0-7] \\?");
            assertThat(example.path("expected").asText()).contains("Réponse : Au dépôt");
        });
        assertThat(shell(
                        stack,
                        "\"$FINETIDE\" generate --base \"$BASE\" 'Où est le colis ?' --max-new-tokens 4 -o json"))
                .contains("\"Où est le colis ?\"");
        assertThat(shell(
                        stack,
                        "! \"$FINETIDE\" dataset push locale \"$(printf 'donn\\351es.csv')\" --data \"$DATA\" 2>&1"))
                .contains("argument 4 is not UTF-8 text");
    }

    /// Runs a script in the POSIX locale and returns what it printed.
    private String shell(RunningStack stack, String script) throws IOException, InterruptedException {
        Path out = directory.resolve("out");
        ProcessBuilder builder = new ProcessBuilder(
                        "bash",
                        "-e",
                        Files.writeString(directory.resolve("script"), script).toString())
                .redirectError(directory.resolve("err").toFile())
                .redirectOutput(out.toFile());
        builder.environment()
                .putAll(Map.of(
                        "LC_ALL",
                        POSIX,
                        "FINETIDE_NO_BUILD",
                        "1",
                        "FINETIDE",
                        Finetide.HOME.resolve("finetide").toString(),
                        "BASE",
                        Finetide.HOME.resolve("demo/base").toString(),
                        "DIRECTORY",
                        directory.toString(),
                        "DATA",
                        stack.data().toString()));
        Process process = builder.start();
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue())
                .as("%s", Finetide.read(directory.resolve("err")))
                .isZero();
        return Files.readString(out);
    }
}
