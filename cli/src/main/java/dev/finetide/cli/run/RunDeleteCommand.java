package dev.finetide.cli.run;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.Confirmation;
import dev.finetide.proto.training.v1.DeleteTrainingRunRequest;
import dev.finetide.proto.training.v1.GetTrainingRunRequest;
import dev.finetide.proto.training.v1.TrainingRun;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete",
        mixinStandardHelpOptions = true,
        description = {
            "Deletes a run that has ended, with its checkpoints and its output. A tombstone stays.",
            "Refused while its model version is neither rejected nor deleted."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  finetide run delete RUN", "  finetide run delete RUN --yes"})
final class RunDeleteCommand implements Callable<Integer> {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Mixin
    private Confirmation confirmation;

    @Parameters(index = "0", paramLabel = "RUN", description = "The run's id or name.")
    private String name;

    @Override
    public Integer call() throws IOException {
        GetTrainingRunRequest which = GetTrainingRunRequest.newBuilder()
                .setName(connection.names().run(name))
                .build();
        try (Services services = connection.open(output)) {
            TrainingRun found = services.runs().call(stub -> stub.getTrainingRun(which));
            confirmation.require(
                    "delete run " + Names.brief(found.getName()) + " ("
                            + RunDisplay.word(found.getState().name()) + ") with its checkpoints and its output",
                    output);
            DeleteTrainingRunRequest request = DeleteTrainingRunRequest.newBuilder()
                    .setName(found.getName())
                    .setEtag(found.getEtag())
                    .build();
            TrainingRun deleted = services.runs().call(stub -> stub.deleteTrainingRun(request));
            if (output.isJson()) {
                output.json(deleted);
            } else {
                output.line("run " + Names.brief(deleted.getName()) + " is deleted; its tombstone stays");
            }
        }
        return 0;
    }
}
