package dev.finetide.cli.run;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.proto.training.v1.CancelTrainingRunRequest;
import dev.finetide.proto.training.v1.TrainingRun;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "cancel",
        mixinStandardHelpOptions = true,
        description = "Cancels a run that has not ended.",
        footerHeading = "%nExamples:%n",
        footer = {"  finetide run cancel RUN"})
final class RunCancelCommand implements Callable<Integer> {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", paramLabel = "RUN", description = "The run's id or name.")
    private String name;

    @Override
    public Integer call() {
        try (Services services = connection.open(output)) {
            CancelTrainingRunRequest request = CancelTrainingRunRequest.newBuilder()
                    .setName(connection.names().run(name))
                    .build();
            TrainingRun run = services.runs().call(stub -> stub.cancelTrainingRun(request));
            if (output.isJson()) {
                output.json(run);
            } else {
                output.line("run " + Names.brief(run.getName()) + " is "
                        + RunDisplay.word(run.getState().name()));
            }
        }
        return 0;
    }
}
