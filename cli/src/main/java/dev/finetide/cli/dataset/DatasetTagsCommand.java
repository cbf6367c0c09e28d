package dev.finetide.cli.dataset;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.Formats;
import dev.finetide.proto.dataset.v1.ListDatasetTagsRequest;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "tags",
        mixinStandardHelpOptions = true,
        description = "Lists the tags of a dataset by name, and the versions that they name.",
        footerHeading = "%nExamples:%n",
        footer = {"  finetide dataset tags tickets"})
final class DatasetTagsCommand implements Callable<Integer> {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", paramLabel = "NAME", description = "The dataset.")
    private String name;

    @Override
    public Integer call() {
        ListDatasetTagsRequest request = ListDatasetTagsRequest.newBuilder()
                .setParent(connection.names().dataset(name))
                .build();
        try (Services services = connection.open(output)) {
            output.list(
                    services.datasets().call(stub -> stub.listDatasetTags(request)).getTagsList().stream(),
                    List.of("TAG", "VERSION", "MOVED"),
                    tag -> List.of(
                            tag.getTag(), Names.brief(tag.getDatasetVersion()), Formats.time(tag.getUpdateTime())));
        }
        return 0;
    }
}
