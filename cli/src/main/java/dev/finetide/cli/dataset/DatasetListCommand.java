package dev.finetide.cli.dataset;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Pages;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.Formats;
import dev.finetide.proto.dataset.v1.Dataset;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.ListDatasetVersionsRequest;
import dev.finetide.proto.dataset.v1.ListDatasetVersionsResponse;
import dev.finetide.proto.dataset.v1.ListDatasetsRequest;
import dev.finetide.proto.dataset.v1.ListDatasetsResponse;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "Lists the datasets by name, or the versions of one, newest first.",
        footerHeading = "%nExamples:%n",
        footer = {"  finetide dataset list", "  finetide dataset list support-desk -o json | jq .trainRows"})
final class DatasetListCommand implements Callable<Integer> {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", arity = "0..1", paramLabel = "NAME", description = "A dataset.")
    private String name;

    @Override
    public Integer call() {
        try (Services services = connection.open(output)) {
            if (name == null) {
                listDatasets(services);
            } else {
                listVersions(services);
            }
        }
        return 0;
    }

    private void listDatasets(Services services) {
        output.list(
                Pages.<Dataset>all(token -> {
                    ListDatasetsResponse page = services.datasets()
                            .call(stub -> stub.listDatasets(ListDatasetsRequest.newBuilder()
                                    .setParent(connection.names().parent())
                                    .setPageSize(Pages.SIZE)
                                    .setPageToken(token)
                                    .build()));
                    return new Pages.Page<>(page.getDatasetsList(), page.getNextPageToken());
                }),
                List.of("DATASET", "LATEST", "UPDATED"),
                dataset -> List.of(
                        Names.brief(dataset.getName()),
                        dataset.getLatestVersion(),
                        Formats.time(dataset.getUpdateTime())));
    }

    private void listVersions(Services services) {
        Tags tags = output.isJson()
                ? Tags.none()
                : Tags.of(services.datasets(), connection.names().dataset(name));
        output.list(
                Pages.<DatasetVersion>all(token -> {
                    ListDatasetVersionsResponse page = services.datasets()
                            .call(stub -> stub.listDatasetVersions(ListDatasetVersionsRequest.newBuilder()
                                    .setParent(connection.names().dataset(name))
                                    .setPageSize(Pages.SIZE)
                                    .setPageToken(token)
                                    .build()));
                    return new Pages.Page<>(page.getDatasetVersionsList(), page.getNextPageToken());
                }),
                List.of("VERSION", "ROWS", "TAGS", "MADE FROM", "DIGEST", "CREATED"),
                version -> List.of(
                        Names.brief(version.getName()),
                        version.hasDeleteTime() ? "deleted" : DatasetText.splits(version),
                        Formats.orDash(String.join(", ", tags.of(version.getName()))),
                        Formats.orDash(version.hasRecipe() ? DatasetText.parents(version) : files(version)),
                        Formats.digest(version.getDigest()),
                        Formats.time(version.getCreateTime())));
    }

    private static String files(DatasetVersion version) {
        int files = version.getFilesCount();
        return files == 1 ? version.getFiles(0).getPath() : files == 0 ? "" : files + " files";
    }
}
