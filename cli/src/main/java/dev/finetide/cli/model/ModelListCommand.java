package dev.finetide.cli.model;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Pages;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.Formats;
import dev.finetide.proto.model.v1.ListModelVersionsRequest;
import dev.finetide.proto.model.v1.ListModelVersionsResponse;
import dev.finetide.proto.model.v1.ModelVersion;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "Lists the versions of one model, or of all, newest first.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide model list",
            "  finetide model list support-desk -o json | jq -r 'select(.state == \"APPROVED\").name'"
        })
final class ModelListCommand implements Callable<Integer> {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", arity = "0..1", paramLabel = "NAME", defaultValue = "-", description = "A model.")
    private String name;

    @Override
    public Integer call() {
        try (Services services = connection.open(output)) {
            output.list(
                    Pages.<ModelVersion>all(token -> {
                        ListModelVersionsResponse page = services.models()
                                .call(stub -> stub.listModelVersions(ListModelVersionsRequest.newBuilder()
                                        .setParent(connection.names().model(name))
                                        .setPageSize(Pages.SIZE)
                                        .setPageToken(token)
                                        .build()));
                        return new Pages.Page<>(page.getModelVersionsList(), page.getNextPageToken());
                    }),
                    List.of("MODEL VERSION", "KIND", "STATE", "SCORE", "RUN", "CREATED"),
                    version -> List.of(
                            Names.brief(version.getName()),
                            ModelText.kind(version),
                            ModelText.state(version.getState()),
                            ModelText.score(version),
                            Names.brief(version.getTrainingRun()),
                            Formats.time(version.getCreateTime())));
        }
        return 0;
    }
}
