package dev.finetide.cli.dataset;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.ServiceClient;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc.DatasetServiceBlockingStub;
import dev.finetide.proto.dataset.v1.DatasetTag;
import dev.finetide.proto.dataset.v1.GetDatasetVersionRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "tag",
        mixinStandardHelpOptions = true,
        description = {
            "Moves a tag to a version, so that NAME@TAG names it wherever a version is named.",
            "A tag's moves are kept: see finetide dataset history."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide dataset tag tickets@4 prod --comment 'labels of May are in'",
            "  finetide dataset tag tickets prod --remove"
        })
final class DatasetTagCommand implements Callable<Integer> {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", paramLabel = "NAME[@VERSION]", description = "The version; by default the newest.")
    private String name;

    @Parameters(
            index = "1",
            paramLabel = "TAG",
            description = "The tag: lower-case letters, digits and . _ -, a letter first.")
    private String tag;

    @Option(names = "--remove", description = "Remove the tag; its history stays.")
    private boolean remove;

    @Option(names = "--comment", paramLabel = "TEXT", defaultValue = "", description = "Why, for the tag's history.")
    private String comment;

    @Override
    public Integer call() {
        try (Services services = connection.open(output)) {
            DatasetTag moved = remove ? removed(services.datasets()) : moved(services.datasets());
            if (output.isJson()) {
                output.json(moved);
            } else {
                output.line(
                        moved.getDatasetVersion().isEmpty()
                                ? tag + " names no version of " + Names.brief(moved.getDataset()) + " now"
                                : Names.brief(moved.getDataset()) + "@" + tag + " is "
                                        + Names.brief(moved.getDatasetVersion()));
            }
        }
        return 0;
    }

    private DatasetTag moved(ServiceClient<DatasetServiceBlockingStub> datasets) {
        GetDatasetVersionRequest request = GetDatasetVersionRequest.newBuilder()
                .setName(connection.names().datasetVersion(name))
                .build();
        // A tag names a number, so that "latest" and other tags are resolved now.
        String version = datasets.call(stub -> stub.getDatasetVersion(request)).getName();
        return TagMove.to(datasets, version, tag, comment);
    }

    private DatasetTag removed(ServiceClient<DatasetServiceBlockingStub> datasets) {
        String version = connection.names().datasetVersion(name);
        return TagMove.remove(datasets, version.substring(0, version.indexOf("/versions/")), tag, comment);
    }
}
