package dev.finetide.cli.dataset;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.Terminal;
import dev.finetide.proto.dataset.v1.ReadRowsRequest;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "rows",
        mixinStandardHelpOptions = true,
        description = {
            "Shows rows of a version: where each came from, its tags, and who says what.",
            "Long texts are cut to the width of the terminal; --full shows all."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide dataset rows tickets --head 3",
            "  finetide dataset rows tickets@2 --split test --row 12 --full",
            "  finetide dataset rows tickets@prod --leaked",
            "  finetide dataset rows tickets --refused -o json | jq .refused.reason"
        })
final class DatasetRowsCommand implements Callable<Integer> {
    private static final long USUAL_ROWS = 10;

    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", paramLabel = "NAME[@VERSION]", description = "The version, by number or tag.")
    private String name;

    @Option(names = "--split", paramLabel = "NAME", description = "Split of the rows; default: train.")
    private String split;

    @ArgGroup
    private Which which;

    /// Options of which one says which rows are meant.
    private static final class Which {
        @Option(names = "--row", paramLabel = "N", description = "One row by its number in the split, from 1.")
        private Long row;

        @Option(
                names = "--head",
                paramLabel = "N",
                description = "The first rows; default: 10, and all with -o json; 0 for all.")
        private Long head;

        @Option(
                names = "--leaked",
                description = "The rows whose input is also in an earlier split; of all splits without --split.")
        private boolean leaked;

        @Option(names = "--refused", description = "The records that were left out as invalid, with their reasons.")
        private boolean refused;
    }

    @Option(names = "--full", description = "Show long texts whole, with their line breaks.")
    private boolean full;

    @Override
    public Integer call() throws IOException {
        RowText text = new RowText(full ? 0 : Terminal.columns());
        long[] shown = {0};
        try (Services services = connection.open(output)) {
            RowStream.read(services.datasets(), request(), row -> {
                shown[0]++;
                if (output.isJson()) {
                    output.line(RowJson.of(row).toString());
                } else {
                    text.print(row, output.out());
                }
            });
        }
        if (shown[0] == 0) {
            output.note("no such row");
        }
        return 0;
    }

    private ReadRowsRequest request() {
        ReadRowsRequest.Builder request =
                ReadRowsRequest.newBuilder().setName(connection.names().datasetVersion(name));
        if (split != null) {
            request.setSplit(split);
        }
        Which rows = which == null ? new Which() : which;
        if (rows.row != null) {
            request.setFirst(rows.row).setCount(1);
        } else if (rows.head != null) {
            request.setCount(rows.head);
        } else if (rows.leaked) {
            request.setLeaked(true);
        } else if (rows.refused) {
            request.setSplit("refused");
        } else if (!output.isJson()) {
            request.setCount(USUAL_ROWS);
        }
        return request.build();
    }
}
