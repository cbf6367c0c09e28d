package dev.finetide.cli.dataset.tokens;

import dev.finetide.cli.client.Names;
import dev.finetide.cli.output.Html;
import dev.finetide.cli.output.RowReportText;
import dev.finetide.proto.dataset.v1.FoundRow;
import dev.finetide.proto.dataset.v1.RowFindingCount;
import dev.finetide.proto.dataset.v1.RowToken;
import dev.finetide.proto.dataset.v1.RowTokens;
import dev.finetide.proto.dataset.v1.SupervisionReport;
import java.util.List;

/// One HTML page of rows as a base reads them, and of a split's counts. The page has all that it needs,
/// runs no script, and shows rows as text, whatever they contain.
///
/// @param reports counts of splits; may be empty
/// @param rows    rows with their tokens
record TokenPage(List<SupervisionReport> reports, List<RowTokens> rows) {
    TokenPage {
        reports = List.copyOf(reports);
        rows = List.copyOf(rows);
    }

    String html() {
        StringBuilder page = new StringBuilder();
        page.append("<p class=\"legend\"><span class=\"learnt\">learnt</span> carries loss; ")
                .append("<span>read</span> is read only; <span class=\"special\">special</span> is a token of the ")
                .append("template or the tokenizer. A border is between two tokens, and ")
                .append("<span class=\"mark\">↵</span> is a line break. Point at a token to see its id.</p>\n");
        reports.forEach(report -> append(report, page));
        rows.forEach(row -> append(row, page));
        return Html.page(title(), TokenPage.class, "tokens.css", page.toString());
    }

    private String title() {
        String base = reports.isEmpty()
                ? rows.isEmpty() ? "" : rows.getFirst().getBase()
                : reports.getFirst().getBase();
        return "What " + Names.brief(base) + " learns"
                + (reports.isEmpty()
                        ? ""
                        : " from " + Names.brief(reports.getFirst().getDatasetVersion()));
    }

    private static void append(SupervisionReport report, StringBuilder page) {
        page.append("<section>\n<h2>").append(Html.escaped(report.getSplit())).append("</h2>\n<p>");
        page.append(Html.escaped(SupervisionText.counts(report))).append("</p>\n");
        if (report.getFindingsCount() > 0) {
            page.append("<ul>\n");
            for (RowFindingCount count : report.getFindingsList()) {
                page.append("<li>")
                        .append(Html.escaped(
                                SupervisionText.rows(count.getRows()) + ": " + RowReportText.words(count.getFinding())))
                        .append("<br><small>")
                        .append(Html.escaped(String.join(
                                "; ",
                                count.getFirstList().stream()
                                        .map((FoundRow row) -> SupervisionText.place(row))
                                        .toList())))
                        .append("</small></li>\n");
            }
            page.append("</ul>\n");
        }
        page.append("</section>\n");
    }

    private static void append(RowTokens row, StringBuilder page) {
        String[] head = TokenText.head(row).split("\n", 2);
        page.append("<section>\n<h2>").append(Html.escaped(head[0])).append("</h2>\n<p>");
        page.append(Html.escaped(head[1])).append("</p>\n");
        TokenText.findings(row)
                .forEach(finding -> page.append("<p class=\"finding\">")
                        .append(Html.escaped(finding))
                        .append("</p>\n"));
        page.append("<pre>");
        int place = 0;
        for (RowToken token : row.getTokensList()) {
            append(token, place++, page);
        }
        page.append("</pre>\n");
        if (row.getMoreTokens() > 0) {
            page.append("<p>and ").append(row.getMoreTokens()).append(" more tokens</p>\n");
        }
        page.append("</section>\n");
    }

    private static void append(RowToken token, int place, StringBuilder page) {
        page.append("<span class=\"t")
                .append(token.getLearnt() ? " learnt" : "")
                .append(token.getSpecial() ? " special" : "")
                .append("\" title=\"token ")
                .append(place + 1)
                .append(", id ")
                .append(token.getId())
                .append(token.getLearnt() ? ", learnt" : "")
                .append("\">")
                .append(Html.escaped(token.getText()).replace("\n", "<span class=\"mark\">↵</span>\n"))
                .append("</span>");
    }
}
