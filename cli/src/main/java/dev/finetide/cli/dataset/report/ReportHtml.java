package dev.finetide.cli.dataset.report;

import dev.finetide.cli.client.Names;
import dev.finetide.cli.eval.page.EvaluationHtml;
import dev.finetide.cli.output.Formats;
import dev.finetide.cli.output.Html;
import dev.finetide.proto.dataset.v1.DatasetReport;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.proto.dataset.v1.SuitabilityReason;
import dev.finetide.proto.dataset.v1.SuitabilityVerdict;
import dev.finetide.proto.work.v1.State;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// One page about a report: the verdict with its reasons, each section with its plots and example rows,
/// and what was not measured. The page has all that it needs, runs no script, and shows rows as text,
/// whatever they contain.
///
/// @param texts texts of example rows
record ReportHtml(DatasetReport report, ExampleTexts texts) {
    private static final int EXAMPLES_OF_A_PART = 8;
    private static final int EXAMPLES_OF_A_REASON = 2;

    /// Returns the whole page.
    String html() throws IOException {
        StringBuilder body = new StringBuilder();
        head(body);
        if (report.getReport().hasVerdict()) {
            verdict(report.getReport().getVerdict(), body);
        }
        for (ReportPart part : ReportPieces.of(report.getReport())) {
            part(part, body);
        }
        unmeasured(body);
        return Html.page(title(), EvaluationHtml.class, "evaluation.css", body.toString());
    }

    private String title() {
        String base = report.getBase().isEmpty() ? "" : " on the base " + Names.brief(report.getBase());
        return "Is " + Names.brief(report.getDatasetVersion()) + " fit for fine-tuning" + base + "?";
    }

    private void head(StringBuilder body) {
        List<String> facts = new ArrayList<>();
        facts.add("report " + Names.brief(report.getName()));
        facts.add(report.getState().name().toLowerCase(Locale.ROOT));
        facts.add("rows " + Formats.digest(report.getDigest()));
        facts.add(Formats.time(report.getCreateTime()));
        if (report.getReport().getSeconds() > 0) {
            facts.add("made in " + Numbers.size(Math.ceil(report.getReport().getSeconds())) + " s");
        }
        paragraph("facts", String.join(" · ", facts), body);
        if (report.hasError()) {
            paragraph("warn", report.getError().getMessage(), body);
        } else if (report.getState() != State.SUCCEEDED) {
            paragraph("warn", ReportText.unfinished(report), body);
        }
    }

    private void verdict(SuitabilityVerdict verdict, StringBuilder body) throws IOException {
        body.append("<section class=\"verdict\">\n");
        paragraph("advice", verdict.getSentence(), body);
        reasons("What speaks for fine-tuning", verdict.getReasonsList(), true, body);
        reasons("What speaks against it, or for caution", verdict.getReasonsList(), false, body);
        List<String> steps = verdict.getNextStepsList();
        if (!steps.isEmpty()) {
            body.append("<h3>Next</h3>\n");
            steps.forEach(
                    step -> body.append("<pre>").append(Html.escaped(step)).append("</pre>\n"));
        }
        body.append("</section>\n");
    }

    private void reasons(String title, List<SuitabilityReason> all, boolean speaksFor, StringBuilder body)
            throws IOException {
        List<SuitabilityReason> reasons = all.stream()
                .filter(reason -> reason.getSpeaksFor() == speaksFor)
                .toList();
        if (reasons.isEmpty()) {
            return;
        }
        body.append("<h3>").append(title).append("</h3>\n<ul>\n");
        for (SuitabilityReason reason : reasons) {
            body.append("<li>").append(Html.escaped(reason.getSentence()));
            examples(reason.getRowsList(), EXAMPLES_OF_A_REASON, body);
            body.append("</li>\n");
        }
        body.append("</ul>\n");
    }

    private void part(ReportPart part, StringBuilder body) throws IOException {
        body.append("<section>\n<h2>").append(Html.escaped(part.title())).append("</h2>\n");
        list(part.facts(), body);
        for (Chart chart : part.charts()) {
            body.append("<h3>").append(Html.escaped(chart.title())).append("</h3>\n");
            body.append(PageChart.svg(chart));
            if (chart instanceof Chart.Histogram histogram) {
                paragraph("note", Numbers.sizes(histogram.sizes()), body);
            }
        }
        if (!part.examples().isEmpty()) {
            body.append("<h3>Rows</h3>\n");
            examples(part.examples(), EXAMPLES_OF_A_PART, body);
        }
        body.append("</section>\n");
    }

    private void examples(List<RowFound> rows, int most, StringBuilder body) throws IOException {
        for (RowFound row : rows.subList(0, Math.min(most, rows.size()))) {
            body.append("<div class=\"case\">");
            paragraph("facts", Numbers.row(row), body);
            text(texts.of(row), body);
            text(texts.ofOther(row), body);
            body.append("</div>\n");
        }
    }

    private static void text(Optional<ExampleTexts.Said> text, StringBuilder body) {
        text.ifPresent(known -> body.append("<pre class=\"reply\">")
                .append(Html.escaped(String.join("\n", known.lines())))
                .append("</pre>\n"));
    }

    private void unmeasured(StringBuilder body) {
        if (report.getReport().getUnmeasuredCount() > 0) {
            body.append("<section>\n<h2>Not measured</h2>\n");
            list(
                    report.getReport().getUnmeasuredList().stream()
                            .map(one -> one.getWhat() + ": " + one.getWhy())
                            .toList(),
                    body);
            body.append("</section>\n");
        }
    }

    private static void list(List<String> items, StringBuilder body) {
        if (!items.isEmpty()) {
            body.append("<ul>\n");
            items.forEach(item -> body.append("<li>").append(Html.escaped(item)).append("</li>\n"));
            body.append("</ul>\n");
        }
    }

    private static void paragraph(String style, String text, StringBuilder body) {
        body.append("<p class=\"%s\">%s</p>\n".formatted(style, Html.escaped(text)));
    }
}
