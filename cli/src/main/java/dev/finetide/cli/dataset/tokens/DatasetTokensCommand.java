package dev.finetide.cli.dataset.tokens;

import dev.finetide.cli.base.BaseUpload;
import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.dataset.LengthOptions;
import dev.finetide.cli.files.WholeFile;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.Terminal;
import dev.finetide.proto.dataset.v1.CheckSupervisionRequest;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.ExplainRowRequest;
import dev.finetide.proto.dataset.v1.GetDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.RowTokens;
import dev.finetide.proto.dataset.v1.Split;
import dev.finetide.proto.dataset.v1.SupervisionReport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "tokens",
        mixinStandardHelpOptions = true,
        description = {
            "Shows what a base learns from a version. With --row: the row as the model reads it, with the tokens that"
                    + " carry loss marked. Without: counts of a whole split, and the first rows of each finding."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide dataset tokens tickets --base tiny",
            "  finetide dataset tokens tickets --base tiny --row 1",
            "  finetide dataset tokens tickets@prod --base tiny --split test --row 12 --html row.html",
            "  finetide dataset tokens tickets --base tiny --all --max-length 2048 -o json | jq .findings",
            "  finetide dataset tokens tickets --base tiny --row 1 -o json | jq '.tokens[] | select(.learnt).text'"
        })
public final class DatasetTokensCommand implements Callable<Integer> {
    private static final long ROWS_ON_A_PAGE = 10;

    @Spec
    private CommandSpec command;

    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", paramLabel = "NAME[@VERSION]", description = "The version, by number or tag.")
    private String name;

    @Option(
            names = "--base",
            required = true,
            paramLabel = "DIR|NAME",
            description = "The base that reads the rows: a directory, or the name of one that was added.")
    private String base;

    @Option(names = "--split", paramLabel = "NAME", description = "Split of the rows; default: train.")
    private String split;

    @Option(names = "--all", description = "Count every split of the version.")
    private boolean all;

    @Option(names = "--row", paramLabel = "N", description = "One row by its number in the split, from 1.")
    private Long row;

    @Option(
            names = "--text",
            description = "Join prompt and completion as text on a base with a chat template, as run create --render"
                    + " text does.")
    private boolean asText;

    @Option(
            names = "--max-length",
            paramLabel = "TOKENS",
            description = "Tokens above which a row counts as too long; default: the base's context.")
    private String maxLength;

    @Option(
            names = "--html",
            paramLabel = "FILE",
            description = "Write a page of the row, or of the counts and the first rows of the split.")
    private Path html;

    @Override
    public Integer call() throws IOException {
        if (row != null && (all || maxLength != null)) {
            throw new ParameterException(command.commandLine(), "--all and --max-length count rows; --row shows one");
        }
        if (all && split != null) {
            throw new ParameterException(command.commandLine(), "give either --all or --split");
        }
        if (html != null) {
            WholeFile.refuseUsed(html);
        }
        String version = connection.names().datasetVersion(name);
        try (Services services = connection.open(output)) {
            Rows rows = new Rows(
                    services,
                    version,
                    new BaseUpload(services.bases(), connection.names(), output.err()).resolve(base));
            if (row != null) {
                show(rows.explained(split == null ? "" : split, row));
            } else {
                count(rows);
            }
        }
        return 0;
    }

    private void show(RowTokens tokens) throws IOException {
        if (output.isJson()) {
            output.json(tokens);
        } else {
            new TokenText(Terminal.isColoured()).print(tokens, output.out());
        }
        if (html != null) {
            write(new TokenPage(List.of(), List.of(tokens)));
        }
    }

    private void count(Rows rows) throws IOException {
        List<SupervisionReport> reports = new ArrayList<>();
        for (String each : all ? rows.splits() : List.of(split == null ? "" : split)) {
            SupervisionReport report = rows.counted(each);
            reports.add(report);
            if (output.isJson()) {
                output.json(report);
            } else {
                SupervisionText.print(report, output.out());
            }
        }
        if (html != null) {
            List<RowTokens> first = new ArrayList<>();
            for (SupervisionReport report : reports) {
                for (long number = 1; number <= Math.min(report.getRows(), ROWS_ON_A_PAGE); number++) {
                    first.add(rows.explained(report.getSplit(), number));
                }
            }
            write(new TokenPage(reports, first));
        }
    }

    private void write(TokenPage page) throws IOException {
        try (WholeFile file = WholeFile.create(html)) {
            file.out().write(page.html().getBytes(StandardCharsets.UTF_8));
            file.publish();
        }
        output.note("page: " + html);
    }

    /// Asks for rows of the version as the base reads them.
    private final class Rows {
        private final Services services;
        private final String version;
        private final String baseName;

        Rows(Services services, String version, String baseName) {
            this.services = services;
            this.version = version;
            this.baseName = baseName;
        }

        RowTokens explained(String of, long number) {
            ExplainRowRequest request = ExplainRowRequest.newBuilder()
                    .setName(version)
                    .setBase(baseName)
                    .setSplit(of)
                    .setRow(number)
                    .setAsText(asText)
                    .build();
            return services.datasets().callSlow(stub -> stub.explainRow(request));
        }

        SupervisionReport counted(String of) {
            CheckSupervisionRequest request = CheckSupervisionRequest.newBuilder()
                    .setName(version)
                    .setBase(baseName)
                    .setSplit(of)
                    .setAsText(asText)
                    .setMaxLength(maxLength == null ? 0 : LengthOptions.tokens(maxLength, command.commandLine()))
                    .build();
            return services.datasets().callSlow(stub -> stub.checkSupervision(request));
        }

        List<String> splits() {
            GetDatasetVersionRequest request =
                    GetDatasetVersionRequest.newBuilder().setName(version).build();
            DatasetVersion found = services.datasets().call(stub -> stub.getDatasetVersion(request));
            return found.getSplitsCount() == 0
                    ? List.of("train", "test")
                    : found.getSplitsList().stream().map(Split::getName).toList();
        }
    }
}
