package dev.finetide.cli.dataset;

import dev.finetide.cli.client.Names;
import dev.finetide.cli.output.Formats;
import dev.finetide.cli.output.Table;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.dataset.v1.UploadReport;
import java.io.PrintWriter;

/// Prints a dataset version for people.
final class DatasetText {
    private DatasetText() {}

    static void print(DatasetVersion version, PrintWriter out) {
        UploadReport report = version.getReport();
        Table table = new Table()
                .row("dataset", Names.brief(version.getName()))
                .row("rows", version.getTrainRows() + " train, " + version.getTestRows() + " test")
                .row("form", version.getRowFormat() == RowFormat.CHAT ? "chat" : "prompt and completion")
                .row("answers", version.getJsonAnswers() ? "JSON" : "text")
                .row("digest", version.getDigest())
                .row("created", Formats.time(version.getCreateTime()));
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
}
