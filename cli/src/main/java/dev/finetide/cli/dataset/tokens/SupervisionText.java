package dev.finetide.cli.dataset.tokens;

import dev.finetide.cli.client.Names;
import dev.finetide.cli.output.Formats;
import dev.finetide.cli.output.PlaceText;
import dev.finetide.cli.output.Printable;
import dev.finetide.cli.output.RowReportText;
import dev.finetide.proto.dataset.v1.FoundRow;
import dev.finetide.proto.dataset.v1.RowFindingCount;
import dev.finetide.proto.dataset.v1.SupervisionReport;
import java.io.PrintWriter;

/// Prints what a base learns from a split.
final class SupervisionText {
    private static final double HUNDRED = 100;

    private SupervisionText() {}

    static void print(SupervisionReport report, PrintWriter out) {
        out.println(counts(report));
        if (report.getFindingsCount() == 0) {
            out.println("  nothing was found: every row is learnt from, to its end");
        }
        for (RowFindingCount count : report.getFindingsList()) {
            out.println("  " + rows(count.getRows()) + ": " + RowReportText.words(count.getFinding()));
            for (FoundRow first : count.getFirstList()) {
                out.println("    " + place(first));
            }
            if (count.getRows() > count.getFirstCount() && count.getFirstCount() > 0) {
                out.println("    ...");
            }
        }
        out.flush();
    }

    /// Returns "train of tickets@3, read by tiny: 1,200 rows, 93,120 tokens, 31 % of them learnt; the longest row has
    /// 412".
    static String counts(SupervisionReport report) {
        double part = report.getTokens() == 0 ? 0 : HUNDRED * report.getLearntTokens() / report.getTokens();
        return Printable.line(report.getSplit()) + " of " + Names.brief(report.getDatasetVersion()) + ", read by "
                + Names.brief(report.getBase()) + ": " + rows(report.getRows()) + ", "
                + Formats.count(report.getTokens()) + " tokens, " + Formats.count(report.getLearntTokens()) + " ("
                + Formats.count(part) + " %) of them learnt; the longest row has "
                + Formats.count(report.getLongestRow());
    }

    static String place(FoundRow row) {
        String place = PlaceText.of(row.getPlace());
        return row.getField().isEmpty() ? place : place + ", " + Printable.line(row.getField());
    }

    static String rows(long rows) {
        return Formats.count(rows) + (rows == 1 ? " row" : " rows");
    }
}
