package dev.finetide.cli.eval.page;

import dev.finetide.cli.eval.BehaviourText;
import dev.finetide.cli.output.Html;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import java.util.List;
import java.util.Locale;

/// Shows what training has changed beside the task, as a section of the page.
record BehaviourSection(EvaluationReport report) {
    /// Column of the first number.
    private static final int NUMBERS = 3;

    /// Returns the section; empty where no arm is trained.
    String html() {
        if (report.getBehavioursCount() == 0) {
            return "";
        }
        StringBuilder html = new StringBuilder(
                        "<section>\n<h2>Beside the task</h2>\n<p class=\"note\">Each trained arm")
                .append(" against the base on the same rows, with the 95 % interval of the difference. A verdict holds")
                .append(
                        " over all lines together; unclear is what the rows do not tell apart.</p>\n<div class=\"wide\"><table class=\"behaviour\">\n<tr>");
        List<List<String>> rows = new BehaviourText(report).table();
        for (int column = 0; column < rows.getFirst().size(); column++) {
            html.append("<th%s>%s</th>"
                    .formatted(style("", column), lower(rows.getFirst().get(column))));
        }
        html.append("</tr>\n");
        for (List<String> row : rows.subList(1, rows.size())) {
            html.append("<tr>");
            for (int column = 0; column < row.size(); column++) {
                html.append(cell(row.get(column), column));
            }
            html.append("</tr>\n");
        }
        return html.append("</table></div>\n</section>\n").toString();
    }

    private static String lower(String head) {
        return Html.escaped(head.toLowerCase(Locale.ROOT));
    }

    private static String cell(String text, int column) {
        String tag = column == 0 ? "th" : "td";
        return "<%s%s>%s</%s>".formatted(tag, style(text, column), Html.escaped(text), tag);
    }

    private static String style(String text, int column) {
        return switch (text) {
            case BehaviourText.WORSE -> " class=\"wrong\"";
            case BehaviourText.BETTER -> " class=\"right\"";
            default -> column < NUMBERS ? " class=\"words\"" : "";
        };
    }
}
