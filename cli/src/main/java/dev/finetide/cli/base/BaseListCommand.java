package dev.finetide.cli.base;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Pages;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.Formats;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.ListBasesRequest;
import dev.finetide.proto.model.v1.ListBasesResponse;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "Lists the bases by name.",
        footerHeading = "%nExamples:%n",
        footer = {"  finetide base list"})
final class BaseListCommand implements Callable<Integer> {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Override
    public Integer call() {
        try (Services services = connection.open(output)) {
            output.list(
                    Pages.<Base>all(token -> {
                        ListBasesResponse page = services.bases()
                                .call(stub -> stub.listBases(ListBasesRequest.newBuilder()
                                        .setParent(connection.names().parent())
                                        .setPageSize(Pages.SIZE)
                                        .setPageToken(token)
                                        .build()));
                        return new Pages.Page<>(page.getBasesList(), page.getNextPageToken());
                    }),
                    List.of("BASE", "TYPE", "SIZE", "DIGEST", "CREATED"),
                    base -> List.of(
                            Names.brief(base.getName()),
                            Formats.orDash(base.getModelType()),
                            Formats.bytes(BaseText.size(base)),
                            Formats.digest(base.getDigest()),
                            Formats.time(base.getCreateTime())));
        }
        return 0;
    }
}
