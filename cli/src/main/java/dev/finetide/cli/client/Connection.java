package dev.finetide.cli.client;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.output.CommandOutput;
import java.time.Duration;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Options that say which services and which project a command works with.
public final class Connection {
    @Mixin
    private TargetStack stack;

    @Option(
            names = "--project",
            paramLabel = "PROJECT",
            defaultValue = "default",
            description = "Project of the resources; default: ${DEFAULT-VALUE}.")
    private String project;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "How long to wait for a service that does not answer; default: 15, watches 60.")
    private Integer timeoutSeconds;

    public Names names() {
        return new Names(project);
    }

    /// Returns the services. A service is connected when it is first called.
    ///
    /// @throws CommandFailedException UNREACHABLE if no option or variable names a service and no local stack runs
    public Services open(CommandOutput output) {
        Endpoints first = stack.endpoints();
        return new Services(
                () -> stack.known().orElse(first), stack.tokens(), stack.channels(), timeouts(), output.err());
    }

    private Timeouts timeouts() {
        if (timeoutSeconds == null) {
            return Timeouts.DEFAULT;
        }
        Duration limit = Duration.ofSeconds(timeoutSeconds);
        return new Timeouts(limit, limit, Timeouts.DEFAULT.answer());
    }
}
