package dev.finetide.cli.stack;

import dev.finetide.cli.ExitCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Implements `finetide status`.
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = {
            "Shows the parts of the stack, their addresses, and whether they are ready.",
            "Exit code 0 if all parts are ready, 5 if one is not or nothing runs."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  finetide status", "  finetide status -o json"})
public final class StatusCommand implements Callable<Integer> {

    private enum Format {
        TEXT,
        JSON
    }

    @Spec
    private CommandSpec command;

    @Mixin
    private DataDirectory data;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "text, or json: one JSON object.")
    private Format format;

    private StatusCommand() {}

    @Override
    public Integer call() throws IOException {
        PrintWriter out = command.commandLine().getOut();
        Optional<StackState> state = StackState.running(data.path()).map(StackState::checked);
        if (format == Format.JSON) {
            out.println(state.map(StackState::toLine).orElse("{\"ready\":false,\"parts\":[]}"));
        } else if (state.isEmpty()) {
            out.println("nothing runs on " + data.path());
        } else {
            StackTable.print(state.get(), out);
        }
        boolean ready = state.filter(StackState::ready).isPresent();
        return (ready ? ExitCode.DONE : ExitCode.UNREACHABLE).number();
    }
}
