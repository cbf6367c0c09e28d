package dev.finetide.cli.client;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.output.Output;
import java.time.Duration;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// How a command reaches its project's resources.
public final class Connection {
    @Mixin
    private WhichStack stack;

    @Option(
            names = "--project",
            paramLabel = "PROJECT",
            defaultValue = "default",
            description = "Project of the resources; default: ${DEFAULT-VALUE}.")
    private String project;

    @Option(
            names = "--patience",
            paramLabel = "SECONDS",
            description = "How long to wait for a service that is away; default: 15, watches 60.")
    private Integer patienceSeconds;

    public Names names() {
        return new Names(project);
    }

    /// The services; nothing is connected before it is called.
    ///
    /// @throws CommandFailedException UNREACHABLE when nothing names a service and no local stack runs
    public Services open(Output output) {
        return new Services(stack.endpoints(), patience(), output.err());
    }

    private Patience patience() {
        if (patienceSeconds == null) {
            return Patience.DEFAULT;
        }
        Duration away = Duration.ofSeconds(patienceSeconds);
        return new Patience(away, away, Patience.DEFAULT.answer());
    }
}
