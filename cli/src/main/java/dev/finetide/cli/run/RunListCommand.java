package dev.finetide.cli.run;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Pages;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.Formats;
import dev.finetide.proto.training.v1.ListTrainingRunsRequest;
import dev.finetide.proto.training.v1.ListTrainingRunsResponse;
import dev.finetide.proto.training.v1.TrainingRun;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "Lists the runs, newest first.",
        footerHeading = "%nExamples:%n",
        footer = {"  finetide run list", "  finetide run list -o json | jq -r 'select(.state == \"FAILED\").name'"})
final class RunListCommand implements Callable<Integer> {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Override
    public Integer call() {
        try (Services services = connection.open(output)) {
            output.list(
                    Pages.<TrainingRun>all(token -> {
                        ListTrainingRunsResponse page = services.runs()
                                .call(stub -> stub.listTrainingRuns(ListTrainingRunsRequest.newBuilder()
                                        .setParent(connection.names().parent())
                                        .setPageSize(Pages.SIZE)
                                        .setPageToken(token)
                                        .build()));
                        return new Pages.Page<>(page.getTrainingRunsList(), page.getNextPageToken());
                    }),
                    List.of("RUN", "STATE", "DATASET", "BASE", "PROGRESS", "MODEL VERSION", "CREATED"),
                    run -> List.of(
                            Names.brief(run.getName()),
                            RunDisplay.word(run.getState().name()),
                            Names.brief(run.getConfig().getDatasetVersion()),
                            Names.brief(run.getConfig().getBase()),
                            RunText.progress(run.getProgress()),
                            Formats.orDash(Names.brief(run.getModelVersion())),
                            Formats.time(run.getCreateTime())));
        }
        return 0;
    }
}
