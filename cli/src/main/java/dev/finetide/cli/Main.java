package dev.finetide.cli;

import dev.finetide.cli.advice.AdviceCommand;
import dev.finetide.cli.advice.AdviseCommand;
import dev.finetide.cli.base.BaseCommand;
import dev.finetide.cli.dataset.DatasetCommand;
import dev.finetide.cli.demo.DemoCommand;
import dev.finetide.cli.engine.EngineCommand;
import dev.finetide.cli.eval.EvalCommand;
import dev.finetide.cli.events.AuditCommand;
import dev.finetide.cli.events.EventsCommand;
import dev.finetide.cli.generate.GenerateCommand;
import dev.finetide.cli.login.LoginCommand;
import dev.finetide.cli.login.LogoutCommand;
import dev.finetide.cli.login.WhoamiCommand;
import dev.finetide.cli.model.ModelCommand;
import dev.finetide.cli.output.SafePrinter;
import dev.finetide.cli.project.ProjectCommand;
import dev.finetide.cli.run.RunCommand;
import dev.finetide.cli.stack.DownCommand;
import dev.finetide.cli.stack.StatusCommand;
import dev.finetide.cli.stack.UpCommand;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// The root of the `finetide` command line, which registers all subcommands.
@Command(
        name = "finetide",
        mixinStandardHelpOptions = true,
        version = "finetide 0.1.0",
        description = {
            "Turns labelled examples into an approved model adapter, as a stream of events.",
            "The local stack listens on loopback only, and nothing is downloaded."
        },
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            UpCommand.class,
            DownCommand.class,
            StatusCommand.class,
            DatasetCommand.class,
            BaseCommand.class,
            AdviseCommand.class,
            AdviceCommand.class,
            RunCommand.class,
            EvalCommand.class,
            ModelCommand.class,
            ProjectCommand.class,
            GenerateCommand.class,
            EngineCommand.class,
            EventsCommand.class,
            AuditCommand.class,
            LoginCommand.class,
            LogoutCommand.class,
            WhoamiCommand.class,
            DemoCommand.class,
            CompletionCommand.class
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide demo               the whole way from a dataset to an adapter, in two minutes",
            "  finetide up                 Kafka, PostgreSQL, four services; Ctrl-C stops them",
            "  finetide up --detach        in the background; then finetide status, down",
            "  finetide advise             prompt, examples, LoRA or full: what is right for a dataset and a base?",
            "  finetide COMMAND --help     options and examples of one command",
            "",
            "Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 refused, 5 unreachable.",
            "-o json prints one JSON object per line, and one line per element of a list; names are in lowerCamelCase.",
            "Endpoints of another stack, each https://HOST:PORT: FINETIDE_DATASET_ENDPOINT, FINETIDE_TRAINING_ENDPOINT,",
            "FINETIDE_EVAL_ENDPOINT, FINETIDE_REGISTRY_ENDPOINT; and FINETIDE_KAFKA_ENDPOINT, HOST:PORT.",
            "Shell completion: source <(finetide completion)"
        })
public final class Main implements Runnable {

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Option(
            names = "--debug",
            scope = ScopeType.INHERIT,
            description = "Show where an error comes from (a stack trace).")
    private boolean debug;

    private Main() {}

    public static void main(String[] arguments) {
        System.exit(run(commandLine(writer(System.out), writer(System.err)), arguments));
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(new OutputStreamWriter(stream, stream.charset()), true);
    }

    /// Runs a command line, unless Java could not decode it: text with U+FFFD in place of what the user wrote would be
    /// trained on.
    static int run(CommandLine commandLine, String... arguments) {
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i].indexOf('\ufffd') >= 0) {
                commandLine
                        .getErr()
                        .println("finetide: argument " + (i + 1) + " is not UTF-8 text, or Java could not decode it ("
                                + System.getProperty("sun.jnu.encoding")
                                + "): write it in UTF-8, in a locale such as LC_ALL=C.UTF-8");
                return ExitCode.USAGE.number();
            }
        }
        return commandLine.execute(arguments);
    }

    /// Makes the command line. All that a command prints passes a [SafePrinter].
    static CommandLine commandLine(PrintWriter out, PrintWriter err) {
        Main main = new Main();
        return new CommandLine(main)
                .setOut(new SafePrinter(out))
                .setErr(new SafePrinter(err))
                .setExecutionStrategy(Main::execute)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExpandAtFiles(false) // a prompt may begin with @
                .setUsageHelpWidth(110)
                .setUsageHelpAutoWidth(true)
                .setParameterExceptionHandler(Failures::onUsage)
                .setExecutionExceptionHandler(
                        (failure, command, parsed) -> Failures.onException(failure, command, main.debug));
    }

    /// Runs a command, or prints the help that was asked for. Help is the command line's own text, so that its bold
    /// words stay bold.
    private static int execute(CommandLine.ParseResult parsed) {
        for (CommandLine command : parsed.asCommandLineList()) {
            PrintWriter exact = command.getOut() instanceof SafePrinter printer ? printer.exact() : command.getOut();
            if (command.isUsageHelpRequested()) {
                command.usage(exact, command.getColorScheme());
                return ExitCode.DONE.number();
            }
            if (command.isVersionHelpRequested()) {
                command.printVersionHelp(exact);
                return ExitCode.DONE.number();
            }
        }
        return new CommandLine.RunLast().execute(parsed);
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "which command?");
    }
}
