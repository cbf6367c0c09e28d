package dev.finetide.cli.dataset.report;

import com.google.gson.JsonObject;
import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.ExitCode;
import dev.finetide.cli.base.BaseUpload;
import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.files.WholeFile;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.Formats;
import dev.finetide.proto.dataset.v1.CreateDatasetReportRequest;
import dev.finetide.proto.dataset.v1.DatasetReport;
import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.GetDatasetReportRequest;
import dev.finetide.proto.work.v1.State;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "report",
        mixinStandardHelpOptions = true,
        description = {
            "Says whether the rows of a version are fit for fine-tuning, for which path, and which rows to mend.",
            "A report is made for each version that is published; this command asks for one that is missing.",
            "Exit code 1 if the report failed or was cancelled."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide dataset report tickets --wait",
            "  finetide dataset report tickets@3 --base tiny --wait --html report.html",
            "  finetide dataset report tickets --found leak -o json > leaks.jsonl",
            "  finetide dataset report tickets --relabel labels.jsonl",
            "  finetide dataset derive mended --from tickets --relabel labels.jsonl",
            "  finetide dataset report tickets -o json | jq -r .report.verdict.fitness"
        })
public final class DatasetReportCommand implements Callable<Integer> {
    private static final long ASK_AGAIN_MS = 500;
    private static final int TEXTS = 60;
    private static final int TEXTS_OF_A_PAGE = 200;

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
            paramLabel = "DIR|NAME",
            description = "Also measures the rows as this base reads them: tokens, context, supervision, loss.")
    private String base;

    @Option(
            names = {"--wait", "--watch"},
            description = "Waits until the report is made, and tells each section.")
    private boolean wait;

    @Option(names = "--again", description = "Makes the report again, although one exists.")
    private boolean again;

    @Option(
            names = "--html",
            paramLabel = "FILE",
            description = "Writes a page with plots and example rows, for a browser. The file must not exist. It shows"
                    + " row texts.")
    private Path html;

    @Option(
            names = "--found",
            paramLabel = "KIND",
            description = "Prints all rows with findings of a kind instead: near-duplicate, leak, label-issue, ...")
    private String found;

    @Option(
            names = "--relabel",
            paramLabel = "FILE",
            description = "Writes the suggested labels to a file that dataset derive --relabel takes.")
    private Path relabel;

    @Override
    public Integer call() throws IOException {
        FoundKind kind = found == null ? FoundKind.FOUND_KIND_UNSPECIFIED : kind(found);
        if (html != null) {
            WholeFile.refuseUsed(html);
        }
        if (relabel != null) {
            WholeFile.refuseUsed(relabel);
        }
        try (Services services = connection.open(output)) {
            DatasetReport report = wait ? ended(services, asked(services)) : asked(services);
            if (found != null) {
                printFound(services, report, kind);
            } else if (output.isJson()) {
                output.json(report);
            } else if (relabel == null || html != null) {
                text(services, report).print();
            }
            if (html != null) {
                writePage(services, report);
            }
            if (relabel != null) {
                writeLabels(services, report);
            }
            boolean isBroken = report.getState() == State.FAILED || report.getState() == State.CANCELLED;
            return (isBroken ? ExitCode.FAILED : ExitCode.DONE).number();
        }
    }

    private FoundKind kind(String word) {
        return FoundKinds.of(word)
                .orElseThrow(() -> new ParameterException(
                        command.commandLine(), "--found: expected one of " + FoundKinds.all() + ", got " + word));
    }

    private DatasetReport asked(Services services) throws IOException {
        CreateDatasetReportRequest.Builder request = CreateDatasetReportRequest.newBuilder()
                .setParent(connection.names().parent())
                .setDatasetVersion(connection.names().datasetVersion(name))
                .setRequestId(UUID.randomUUID().toString())
                .setAgain(again);
        if (base != null) {
            request.setBase(new BaseUpload(services.bases(), connection.names(), output.err()).resolve(base));
        }
        CreateDatasetReportRequest complete = request.build();
        return services.reports().call(stub -> stub.createDatasetReport(complete));
    }

    /// Asks for the report until it has ended, and tells each new section.
    private DatasetReport ended(Services services, DatasetReport asked) {
        GetDatasetReportRequest request =
                GetDatasetReportRequest.newBuilder().setName(asked.getName()).build();
        DatasetReport report = asked;
        int told = report.getReport().getDoneCount();
        while (isOpen(report.getState())) {
            pause();
            report = services.reports().callPatiently(stub -> stub.getDatasetReport(request));
            for (; told < report.getReport().getDoneCount(); told++) {
                output.note("made: " + SectionNames.word(report.getReport().getDone(told)));
            }
        }
        return report;
    }

    private static boolean isOpen(State state) {
        return switch (state) {
            case SUCCEEDED, FAILED, CANCELLED -> false;
            default -> true;
        };
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(ASK_AGAIN_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailedException.failed("interrupted");
        }
    }

    private void printFound(Services services, DatasetReport report, FoundKind kind) throws IOException {
        long[] rows = {0};
        ReportText text = text(services, report);
        FoundStream.read(services.reports(), report.getName(), kind, row -> {
            rows[0]++;
            if (output.isJson()) {
                output.json(row);
            } else {
                output.line(Numbers.row(row) + "  id " + row.getId());
                text.said(row);
            }
        });
        if (rows[0] == 0) {
            output.note("no row with this finding" + (isOpen(report.getState()) ? " so far" : ""));
        }
    }

    private ReportText text(Services services, DatasetReport report) {
        ExampleTexts texts = new ExampleTexts(services.datasets(), report.getDatasetVersion(), TEXTS);
        return new ReportText(report, texts, TextChart.of(System.out.charset()), output.out());
    }

    private void writePage(Services services, DatasetReport report) throws IOException {
        ExampleTexts texts = new ExampleTexts(services.datasets(), report.getDatasetVersion(), TEXTS_OF_A_PAGE);
        try (WholeFile whole = WholeFile.create(html)) {
            whole.out().write(new ReportHtml(report, texts).html().getBytes(StandardCharsets.UTF_8));
            whole.publish();
        }
        output.note("page: " + html);
    }

    /// Writes the suggestion for each row id once: equal rows have one id, and one label.
    private void writeLabels(Services services, DatasetReport report) throws IOException {
        Set<String> ids = new HashSet<>();
        try (WholeFile whole = WholeFile.create(relabel)) {
            FoundStream.read(services.reports(), report.getName(), FoundKind.LABEL_ISSUE, row -> {
                if (!row.getSuggestion().isEmpty() && ids.add(row.getId())) {
                    JsonObject label = new JsonObject();
                    label.addProperty("id", row.getId());
                    label.addProperty("answer", row.getSuggestion());
                    whole.out().write((label + "\n").getBytes(StandardCharsets.UTF_8));
                }
            });
            if (ids.isEmpty()) {
                output.note("no row has a suggested label" + (isOpen(report.getState()) ? " so far" : ""));
                return;
            }
            whole.publish();
        }
        output.note(
                "%s suggested labels are in %s. Look through them, then: finetide dataset derive %s --from %s --relabel %s"
                        .formatted(
                                Formats.count(ids.size()),
                                relabel,
                                Names.typed(dataset(report)),
                                Names.typed(report.getDatasetVersion()),
                                relabel));
    }

    private static String dataset(DatasetReport report) {
        return report.getDatasetVersion().split("/versions/", 2)[0];
    }
}
