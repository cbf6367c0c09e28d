package dev.finetide.cli.client;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.output.CommandOutput;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Options that say which services and which project a command works with.
public final class Connection {
    @Mixin
    private ServiceOptions services;

    @Option(
            names = "--project",
            paramLabel = "PROJECT",
            defaultValue = "default",
            description = "Project of the resources; default: ${DEFAULT-VALUE}.")
    private String project;

    public Names names() {
        return new Names(project);
    }

    /// Returns the services. A service is connected when it is first called.
    ///
    /// @throws CommandFailedException UNREACHABLE if no option or variable names a service and no
    ///     local stack runs
    public Services open(CommandOutput output) {
        return services.open(output);
    }
}
