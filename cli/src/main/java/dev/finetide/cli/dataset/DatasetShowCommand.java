package dev.finetide.cli.dataset;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.GetDatasetVersionRequest;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        mixinStandardHelpOptions = true,
        description = "Shows a version of a dataset; by default the newest.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide dataset show support-desk",
            "  finetide dataset show support-desk@prod",
            "  finetide dataset show support-desk@1 -o json | jq .splits"
        })
final class DatasetShowCommand implements Callable<Integer> {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", paramLabel = "NAME[@VERSION]", description = "The version, by number or tag.")
    private String name;

    @Override
    public Integer call() {
        try (Services services = connection.open(output)) {
            GetDatasetVersionRequest request = GetDatasetVersionRequest.newBuilder()
                    .setName(connection.names().datasetVersion(name))
                    .build();
            DatasetVersion version = services.datasets().call(stub -> stub.getDatasetVersion(request));
            if (output.isJson()) {
                output.json(version);
            } else {
                DatasetText.print(version, tags(services, version.getName()), output.out());
            }
        }
        return 0;
    }

    private static List<String> tags(Services services, String version) {
        String dataset = version.substring(0, version.indexOf("/versions/"));
        return Tags.of(services.datasets(), dataset).of(version);
    }
}
