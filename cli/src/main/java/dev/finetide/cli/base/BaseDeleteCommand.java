package dev.finetide.cli.base;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.Confirmation;
import dev.finetide.cli.output.Formats;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.DeleteBaseRequest;
import dev.finetide.proto.model.v1.GetBaseRequest;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete",
        mixinStandardHelpOptions = true,
        description = "Deletes a base that no active run and no model version needs. Its name can be used again.",
        footerHeading = "%nExamples:%n",
        footer = {"  finetide base delete smollm2-135m", "  finetide base delete smollm2-135m --yes"})
final class BaseDeleteCommand implements Callable<Integer> {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Mixin
    private Confirmation confirmation;

    @Parameters(index = "0", paramLabel = "NAME", description = "The base.")
    private String name;

    @Override
    public Integer call() throws IOException {
        GetBaseRequest which = GetBaseRequest.newBuilder()
                .setName(connection.names().base(name))
                .build();
        try (Services services = connection.open(output)) {
            Base found = services.bases().call(stub -> stub.getBase(which));
            confirmation.require(
                    "delete the base " + Names.brief(found.getName()) + " (" + Formats.bytes(BaseText.size(found))
                            + ")",
                    output);
            DeleteBaseRequest request = DeleteBaseRequest.newBuilder()
                    .setName(found.getName())
                    .setEtag(found.getEtag())
                    .build();
            Base deleted = services.bases().call(stub -> stub.deleteBase(request));
            if (output.isJson()) {
                output.json(deleted);
            } else {
                output.line("base " + Names.brief(deleted.getName()) + " is deleted");
            }
        }
        return 0;
    }
}
