package dev.finetide.cli.dataset;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.Confirmation;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.DeleteDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.GetDatasetVersionRequest;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete",
        mixinStandardHelpOptions = true,
        description = {
            "Deletes the rows of a version. A tombstone stays, which says what the version was.",
            "Refused while a run works with the rows, or a model version was trained with them."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  finetide dataset delete tickets@2", "  finetide dataset delete tickets@2 --yes"})
final class DatasetDeleteCommand implements Callable<Integer> {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Mixin
    private Confirmation confirmation;

    @Parameters(index = "0", paramLabel = "NAME@VERSION", description = "The version to delete.")
    private String name;

    @Override
    public Integer call() throws IOException {
        GetDatasetVersionRequest which = GetDatasetVersionRequest.newBuilder()
                .setName(connection.names().exactDatasetVersion(name))
                .build();
        try (Services services = connection.open(output)) {
            DatasetVersion found = services.datasets().call(stub -> stub.getDatasetVersion(which));
            confirmation.require(
                    "delete the rows of " + Names.brief(found.getName()) + " (" + DatasetText.splits(found) + ")",
                    output);
            DeleteDatasetVersionRequest request = DeleteDatasetVersionRequest.newBuilder()
                    .setName(found.getName())
                    .setEtag(found.getEtag())
                    .build();
            DatasetVersion deleted = services.datasets().call(stub -> stub.deleteDatasetVersion(request));
            if (output.isJson()) {
                output.json(deleted);
            } else {
                output.line(Names.brief(deleted.getName()) + " is deleted; its tombstone stays");
            }
        }
        return 0;
    }
}
