package dev.finetide.cli.output;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.ExitCode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import picocli.CommandLine.Option;

/// Option of commands that delete: without it, a terminal is asked, and a script is refused.
public final class Confirmation {
    @Option(
            names = {"-y", "--yes"},
            description = "Delete without asking.")
    private boolean yes;

    /// Returns if the user agrees.
    ///
    /// @param question what is going to happen: "delete the rows of tickets@3"
    /// @throws CommandFailedException USAGE if nobody can be asked, REFUSED if the answer is not yes
    public void require(String question, CommandOutput output) throws IOException {
        if (yes) {
            return;
        }
        if (!Terminal.isInteractive()) {
            throw new CommandFailedException(ExitCode.USAGE, "say --yes to " + question);
        }
        output.err().print(question.substring(0, 1).toUpperCase(Locale.ROOT) + question.substring(1) + "? [y/N] ");
        output.err().flush();
        String answer = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
        if (answer == null || !answer.strip().toLowerCase(Locale.ROOT).matches("y|yes")) {
            throw CommandFailedException.refused("nothing was deleted");
        }
    }
}
