package dev.finetide.cli.client;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.output.CommandOutput;
import java.time.Duration;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Options that say which services a command works with, and how long it waits for them.
public final class ServiceOptions {
    @Mixin
    private TargetStack stack;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "How long to wait for a service that does not answer; default: 15, watches 60.")
    private Integer timeoutSeconds;

    /// Returns the services. A service is connected when it is first called.
    ///
    /// @throws CommandFailedException UNREACHABLE if no option or variable names a service and no
    ///     local stack runs
    public Services open(CommandOutput output) {
        Endpoints first = stack.endpoints();
        return new Services(
                () -> stack.known().orElse(first), stack.tokens(), stack.channels(), timeouts(), output.err());
    }

    /// Returns the stack that the services are of.
    public TargetStack stack() {
        return stack;
    }

    private Timeouts timeouts() {
        if (timeoutSeconds == null) {
            return Timeouts.DEFAULT;
        }
        Duration limit = Duration.ofSeconds(timeoutSeconds);
        return new Timeouts(limit, limit, Timeouts.DEFAULT.answer());
    }
}
