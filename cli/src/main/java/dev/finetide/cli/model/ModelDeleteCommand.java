package dev.finetide.cli.model;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.Confirmation;
import dev.finetide.proto.model.v1.DeleteModelVersionRequest;
import dev.finetide.proto.model.v1.GetModelVersionRequest;
import dev.finetide.proto.model.v1.ModelVersion;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete",
        mixinStandardHelpOptions = true,
        description = {
            "Deletes a version that was never approved. A tombstone stays.",
            "Its files go when its run is deleted."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  finetide model delete support-desk@2", "  finetide model delete support-desk@2 --yes"})
final class ModelDeleteCommand implements Callable<Integer> {
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
        GetModelVersionRequest which = GetModelVersionRequest.newBuilder()
                .setName(connection.names().exactModelVersion(name))
                .build();
        try (Services services = connection.open(output)) {
            ModelVersion found = services.models().call(stub -> stub.getModelVersion(which));
            confirmation.require(
                    "delete model version " + Names.brief(found.getName()) + " (" + ModelText.state(found.getState())
                            + ")",
                    output);
            DeleteModelVersionRequest request = DeleteModelVersionRequest.newBuilder()
                    .setName(found.getName())
                    .setEtag(found.getEtag())
                    .build();
            ModelVersion deleted = services.models().call(stub -> stub.deleteModelVersion(request));
            if (output.isJson()) {
                output.json(deleted);
            } else {
                output.line(Names.brief(deleted.getName()) + " is deleted; its tombstone stays");
            }
        }
        return 0;
    }
}
