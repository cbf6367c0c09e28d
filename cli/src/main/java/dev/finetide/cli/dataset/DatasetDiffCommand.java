package dev.finetide.cli.dataset;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.Terminal;
import dev.finetide.proto.dataset.v1.DatasetDiff;
import dev.finetide.proto.dataset.v1.DiffDatasetVersionsRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "diff",
        mixinStandardHelpOptions = true,
        description = {
            "Compares two versions by row: which are added, removed or changed, with examples.",
            "A row is known by its input; another answer, other tags or another split change it."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide dataset diff tickets@1 tickets@2",
            "  finetide dataset diff tickets@prod tickets --examples 10",
            "  finetide dataset diff tickets@1 tickets@2 -o json | jq '{added, removed, changed}'"
        })
final class DatasetDiffCommand implements Callable<Integer> {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", paramLabel = "OLD[@VERSION]", description = "The version before.")
    private String before;

    @Parameters(index = "1", paramLabel = "NEW[@VERSION]", description = "The version after.")
    private String after;

    @Option(
            names = "--examples",
            paramLabel = "N",
            defaultValue = "3",
            description = "Examples of each kind; default: ${DEFAULT-VALUE}.")
    private int examples;

    @Option(names = "--full", description = "Show long texts whole, with their line breaks.")
    private boolean full;

    @Override
    public Integer call() {
        DiffDatasetVersionsRequest request = DiffDatasetVersionsRequest.newBuilder()
                .setOld(connection.names().datasetVersion(before))
                .setNew(connection.names().datasetVersion(after))
                .setExamples(examples)
                .build();
        try (Services services = connection.open(output)) {
            DatasetDiff diff = services.datasets().callSlow(stub -> stub.diffDatasetVersions(request));
            if (output.isJson()) {
                output.json(diff);
            } else {
                new DiffText(diff, full ? 0 : Terminal.columns(), examples > 0).print(output.out());
            }
        }
        return 0;
    }
}
