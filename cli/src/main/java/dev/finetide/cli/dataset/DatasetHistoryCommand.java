package dev.finetide.cli.dataset;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.Formats;
import dev.finetide.proto.dataset.v1.ListDatasetTagMovesRequest;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "history",
        mixinStandardHelpOptions = true,
        description = "Lists the moves of a dataset's tags, or of one tag, newest first.",
        footerHeading = "%nExamples:%n",
        footer = {"  finetide dataset history tickets", "  finetide dataset history tickets prod -o json | jq .comment"
        })
final class DatasetHistoryCommand implements Callable<Integer> {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", paramLabel = "NAME", description = "The dataset.")
    private String name;

    @Parameters(index = "1", arity = "0..1", defaultValue = "", paramLabel = "TAG", description = "One tag.")
    private String tag;

    @Override
    public Integer call() {
        ListDatasetTagMovesRequest request = ListDatasetTagMovesRequest.newBuilder()
                .setParent(connection.names().dataset(name))
                .setTag(tag)
                .build();
        try (Services services = connection.open(output)) {
            output.list(
                    services.datasets().call(stub -> stub.listDatasetTagMoves(request)).getMovesList().stream(),
                    List.of("TIME", "TAG", "FROM", "TO", "COMMENT"),
                    move -> List.of(
                            Formats.time(move.getTime()),
                            move.getTag(),
                            Formats.orDash(Names.brief(move.getFromVersion())),
                            Formats.orDash(Names.brief(move.getToVersion())),
                            move.getComment()));
        }
        return 0;
    }
}
