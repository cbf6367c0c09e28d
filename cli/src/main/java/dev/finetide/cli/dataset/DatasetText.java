package dev.finetide.cli.dataset;

import dev.finetide.cli.client.Names;
import dev.finetide.cli.output.Formats;
import dev.finetide.cli.output.Table;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.RowContent;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.dataset.v1.UploadReport;
import java.io.PrintWriter;
import java.util.stream.Collectors;

/// Prints a dataset version for people.
final class DatasetText {
    private DatasetText() {}

    static void print(DatasetVersion version, PrintWriter out) {
        UploadReport report = version.getReport();
        Table table = new Table()
                .row("dataset", Names.brief(version.getName()))
                .row("rows", version.getTrainRows() + " train, " + version.getTestRows() + " test")
                .row("form", version.getRowFormat() == RowFormat.CHAT ? "chat" : "prompt and completion")
                .row("answers", version.getJsonAnswers() ? "JSON" : "text");
        if (version.getContentsCount() > 0) {
            table.row("contents", contents(version));
        }
        table.row("digest", version.getDigest()).row("created", Formats.time(version.getCreateTime()));
        if (report.getDuplicateRows() > 0) {
            table.row("duplicates", report.getDuplicateRows() + " rows occur more than once (kept)");
        }
        if (report.getLeakedTestRows() > 0) {
            table.row("leaked", report.getLeakedTestRows() + " test rows have an input that is also in train (kept)");
        }
        if (report.getRowsInvalid() > 0) {
            table.row("left out", report.getRowsInvalid() + " invalid rows of " + report.getRowsRead());
        }
        table.print(out);
        report.getInvalidRowsList()
                .forEach(row -> out.println("  " + row.getFile() + " line " + row.getLine() + ": " + row.getReason()));
        out.flush();
    }

    /// Returns what the rows have in addition to questions and answers: "tools in 40 rows (first: line 3 of the train
    /// file), tool calls in all rows".
    private static String contents(DatasetVersion version) {
        long all = version.getTrainRows() + version.getTestRows();
        return version.getContentsList().stream()
                .map(count -> name(count.getContent()) + " in "
                        + (count.getRows() == all
                                ? "all rows"
                                : count.getRows() + (count.getRows() == 1 ? " row" : " rows") + " (first: line "
                                        + count.getFirst().getLine() + " of the "
                                        + count.getFirst().getFile() + " file)"))
                .collect(Collectors.joining(", "));
    }

    private static String name(RowContent content) {
        return switch (content) {
            case SYSTEM_TURN -> "system turns";
            case TOOLS -> "tools";
            case TOOL_CALLS -> "tool calls";
            case TOOL_RESULTS -> "tool results";
            case REASONING -> "reasoning";
            case SPACED_PROMPT -> "white space at the end of the prompt";
            case ROW_CONTENT_UNSPECIFIED, UNRECOGNIZED -> "other contents";
        };
    }
}
