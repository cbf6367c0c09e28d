package dev.finetide.cli.advice;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "watch",
        mixinStandardHelpOptions = true,
        description = {
            "Follows advice to its end, also across restarts of the service, and shows it.",
            "Exit code 0 when there is advice, 1 when not."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  finetide advice watch ADVICE"})
final class AdviceWatchCommand implements Callable<Integer> {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", paramLabel = "ADVICE", description = "Its id.")
    private String name;

    @Override
    public Integer call() {
        try (Services services = connection.open(output)) {
            return AdvicePage.followAndPrint(services, connection.names().advice(name), 0, output);
        }
    }
}
