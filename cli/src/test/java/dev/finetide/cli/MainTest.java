package dev.finetide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class MainTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void helpShowsExamplesAndExitCodes() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString()).contains("Examples:").contains("finetide up").contains("Exit codes:");
    }

    @Test
    void noCommandAndUnknownCommandAreUsageErrors() {
        assertThat(run()).isEqualTo(ExitCode.USAGE.number());
        assertThat(run("frobnicate")).isEqualTo(ExitCode.USAGE.number());
        assertThat(err.toString()).contains("which command?").contains("frobnicate");
    }

    @Test
    void everyCommandHasADescriptionAndHelp() {
        assertThat(commandLine().getSubcommands().values()).allSatisfy(command -> {
            assertThat(command.getUsageMessage()).isNotBlank();
            assertThat(command.getCommandSpec().usageMessage().description().length
                            + command.getCommandSpec().usageMessage().header().length)
                    .as(command.getCommandName())
                    .isPositive();
        });
    }

    @Test
    void anArgumentThatJavaCouldNotDecodeIsRefused() {
        assertThat(run("generate", "--base", "demo", "O\ufffd\ufffd est le colis ?"))
                .isEqualTo(ExitCode.USAGE.number());
        assertThat(err.toString())
                .startsWith("finetide: argument 4 is not UTF-8 text")
                .doesNotContain("colis");
    }

    private CommandLine commandLine() {
        return Main.commandLine(new PrintWriter(out, true), new PrintWriter(err, true));
    }

    private int run(String... arguments) {
        return Main.run(commandLine(), arguments);
    }
}
