package dev.finetide.cli.run;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.proto.training.v1.GetTrainingRunRequest;
import dev.finetide.proto.training.v1.TrainingRun;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        mixinStandardHelpOptions = true,
        description = "Shows a run, its settings and its history.",
        footerHeading = "%nExamples:%n",
        footer = {"  finetide run show RUN", "  finetide run show RUN -o json | jq .config"})
final class RunShowCommand implements Callable<Integer> {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", paramLabel = "RUN", description = "The run's id or name.")
    private String name;

    @Override
    public Integer call() {
        try (Services services = connection.open(output)) {
            GetTrainingRunRequest request = GetTrainingRunRequest.newBuilder()
                    .setName(connection.names().run(name))
                    .build();
            TrainingRun run = services.runs().call(stub -> stub.getTrainingRun(request));
            if (output.isJson()) {
                output.json(run);
            } else {
                RunText.print(run, output.out());
            }
        }
        return 0;
    }
}
