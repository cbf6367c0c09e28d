package dev.finetide.cli;

import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The root of the `finetide` command line; subcommands are registered here and nowhere else.
@Command(
        name = "finetide",
        mixinStandardHelpOptions = true,
        version = "finetide 0.1.0",
        header = "Turns labelled examples into an approved model adapter, as a stream of events.",
        description = {"", "Everything runs on this machine's loopback; nothing is downloaded.", ""},
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {GenerateCompletion.class},
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide demo               the whole story in two minutes, then all stops",
            "  finetide up                 Kafka, PostgreSQL, four services; Ctrl-C stops them",
            "  finetide up --detach        in the background; then finetide status, down",
            "  finetide COMMAND --help     options and examples of one command",
            "",
            "Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 refused, 5 unreachable.",
            "Shell completion: source <(finetide generate-completion)"
        })
public final class Main implements Runnable {

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    private Main() {}

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true)
                .setExecutionExceptionHandler(Main::explain);
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "which command?");
    }

    private static int explain(Exception e, CommandLine command, CommandLine.ParseResult parsed) {
        if (e instanceof CommandFailedException failed) {
            command.getErr().println("finetide: " + failed.getMessage());
            return failed.exitCode().number();
        }
        command.getErr().println("finetide: " + e);
        if (System.getenv("FINETIDE_STACKTRACE") != null) {
            e.printStackTrace(command.getErr());
        }
        return ExitCode.FAILED.number();
    }
}
