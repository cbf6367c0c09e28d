package dev.finetide.cli.eval.page;

import dev.finetide.cli.client.Names;
import dev.finetide.cli.eval.Answers;
import dev.finetide.cli.eval.EvaluationText;
import dev.finetide.cli.eval.ReportPage;
import dev.finetide.cli.eval.SliceText;
import dev.finetide.cli.output.Formats;
import dev.finetide.cli.output.Html;
import dev.finetide.proto.evaluation.v1.ArmReport;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.MetricInfo;
import dev.finetide.proto.evaluation.v1.Recommendation;
import dev.finetide.proto.evaluation.v1.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// One page about an evaluation that has ended: what to do and why, quality against cost, the arms in
/// tables, trainings, confused labels, and single rows.
///
/// @param answers      answers of the evaluation
/// @param trainings    trainings that made the arms' models
/// @param pricePerHour price of the machine for an hour; 0 if it is not known
public record EvaluationHtml(Evaluation evaluation, Answers answers, Trainings trainings, double pricePerHour) {

    /// Returns the whole page.
    public String html() {
        StringBuilder body = new StringBuilder();
        head(body);
        if (evaluation.hasReport()) {
            ReportPage report = new ReportPage(evaluation.getReport(), pricePerHour);
            verdict(evaluation.getReport().getRecommendation(), body);
            numbers(report, body);
            body.append(new JudgeSection(evaluation.getReport()).html());
            comparisons(report, body);
            slices(body);
            body.append(new BehaviourSection(evaluation.getReport()).html());
        }
        arms(body);
        learning(body);
        trainings(body);
        if (evaluation.hasReport()) {
            confusion(body);
            rows(body);
        }
        return Html.page(title(), EvaluationHtml.class, "evaluation.css", body.toString());
    }

    private String title() {
        return Names.brief(evaluation.getSpec().getDatasetVersion()) + " on "
                + Names.brief(evaluation.getSpec().getBase()) + ": which way wins?";
    }

    private void head(StringBuilder body) {
        List<String> facts = new ArrayList<>();
        facts.add("evaluation " + Names.brief(evaluation.getName()));
        facts.add(evaluation.getState().name().toLowerCase(Locale.ROOT));
        if (evaluation.hasReport()) {
            facts.add(Formats.count(evaluation.getReport().getRows()) + " rows of the "
                    + EvaluationText.split(evaluation));
        }
        if (evaluation.hasRows()) {
            facts.add(EvaluationText.task(evaluation.getRows()));
        }
        if (evaluation.hasTrainingRun()) {
            facts.add("run " + Names.brief(evaluation.getTrainingRun().getName()));
        }
        if (evaluation.hasCreateTime()) {
            facts.add(Formats.time(evaluation.getCreateTime()));
        }
        body.append("<p class=\"facts\">")
                .append(Html.escaped(String.join(" · ", facts)))
                .append("</p>\n");
        if (evaluation.hasError()) {
            body.append("<p class=\"warn\">")
                    .append(Html.escaped(evaluation.getError().getMessage()))
                    .append("</p>\n");
        }
    }

    private static void verdict(Recommendation recommendation, StringBuilder body) {
        if (recommendation.getAdvice().isEmpty()) {
            return;
        }
        body.append("<section class=\"verdict\">\n<h2>What to do</h2>\n<p class=\"advice\">")
                .append(Html.escaped(recommendation.getAdvice()))
                .append("</p>\n");
        list("Why", recommendation.getReasonsList(), body);
        list("What would change the answer", recommendation.getWouldChangeList(), body);
        list("But look at", recommendation.getCautionsList(), body);
        body.append("</section>\n");
    }

    private void numbers(ReportPage report, StringBuilder body) {
        body.append("<section>\n<h2>Quality and cost</h2>\n");
        new CostPlot(report).svg().ifPresent(body::append);
        table(report.scores().cells(), body);
        if (!report.costs().isEmpty()) {
            table(report.costs().cells(), body);
        }
        list("", report.notes(), body);
        body.append("</section>\n");
    }

    /// Writes a table whose first row has the heads. The row of the recommended arm stands out, and so does a cell
    /// that says better or worse.
    private void table(List<List<String>> rows, StringBuilder body) {
        String chosen = evaluation.getReport().getRecommendation().getArm();
        body.append("<div class=\"wide\"><table>\n<tr>");
        rows.getFirst().forEach(head -> cell("th", "", head.toLowerCase(Locale.ROOT), body));
        body.append("</tr>\n");
        for (List<String> row : rows.subList(1, rows.size())) {
            body.append(row.getFirst().equals(chosen) ? "<tr class=\"chosen\">" : "<tr>");
            cell("th", "", row.getFirst(), body);
            row.subList(1, row.size()).forEach(text -> cell("td", style(text), text, body));
            body.append("</tr>\n");
        }
        body.append("</table></div>\n");
    }

    private static void cell(String tag, String style, String text, StringBuilder body) {
        body.append("<%s%s>%s</%s>".formatted(tag, style, Html.escaped(text), tag));
    }

    private static String style(String text) {
        return text.endsWith(" worse") ? " class=\"wrong\"" : text.endsWith(" better") ? " class=\"right\"" : "";
    }

    private static void comparisons(ReportPage report, StringBuilder body) {
        List<String> sentences = report.comparisons();
        if (!sentences.isEmpty()) {
            body.append("<section>\n<h2>How the arms compare by ")
                    .append(Html.escaped(report.primary()))
                    .append(", with 95 % intervals</h2>\n");
            list("", sentences, body);
            body.append("</section>\n");
        }
    }

    private void slices(StringBuilder body) {
        if (evaluation.getReport().getSlicesCount() == 0) {
            return;
        }
        body.append("<section>\n<h2>Slices</h2>\n<p class=\"note\">An arm is better or worse than the base where its")
                .append(" interval says so, over all slices together.</p>\n");
        table(new SliceText(evaluation.getReport()).table(), body);
        body.append("</section>\n");
    }

    private void arms(StringBuilder body) {
        Map<String, List<String>> asked = EvaluationText.asked(evaluation);
        if (asked.isEmpty()) {
            return;
        }
        body.append("<section>\n<h2>How the arms were asked</h2>\n<dl>\n");
        asked.forEach((arm, sentences) -> body.append("<dt>")
                .append(Html.escaped(arm))
                .append("</dt><dd>")
                .append(Html.escaped(String.join("; ", sentences)))
                .append("</dd>\n"));
        body.append("</dl>\n</section>\n");
    }

    private void trainings(StringBuilder body) {
        StringBuilder plots = new StringBuilder();
        trainings
                .all()
                .forEach(training -> new LossPlot(training.curve())
                        .svg()
                        .ifPresent(svg -> plots.append("<h3>run ")
                                .append(Html.escaped(training.title()))
                                .append("</h3>\n")
                                .append(svg)));
        if (!plots.isEmpty()) {
            body.append(
                            "<section>\n<h2>Training</h2>\n<p class=\"note\">The loss of each step (faint), its moving mean,")
                    .append(" and the loss of the validation rows (dots).</p>\n")
                    .append(plots)
                    .append("</section>\n");
        }
    }

    private void learning(StringBuilder body) {
        List<String> figures = new LearningPlot(evaluation.getReport(), trainings).figures();
        if (!figures.isEmpty()) {
            body.append("<section>\n<h2>Learning curve</h2>\n<p class=\"note\">Trained arms by the number of rows that")
                    .append(" they learnt, with 95 % intervals.</p>\n");
            figures.forEach(body::append);
            body.append("</section>\n");
        }
    }

    private void confusion(StringBuilder body) {
        EvaluationReport report = evaluation.getReport();
        Optional<String> subject = new ReportPage(report).chosen();
        if (report.getTask() != Task.CLASSIFICATION || subject.isEmpty() || report.getMetricsCount() == 0) {
            return;
        }
        String table = new ConfusionTable(
                        evaluation.getRows().getLabelsList(), answers.of(subject.get()), report.getMetrics(0))
                .html();
        if (!table.isEmpty()) {
            body.append("<section>\n<h2>What ")
                    .append(Html.escaped(subject.get()))
                    .append(" confuses</h2>\n")
                    .append(table)
                    .append("</section>\n");
        }
    }

    private void rows(StringBuilder body) {
        EvaluationReport report = evaluation.getReport();
        Optional<String> subject = new ReportPage(report).chosen();
        Optional<String> other = subject.flatMap(this::strongestOther);
        if (other.isEmpty()) {
            return;
        }
        String metric = report.getMetrics(0);
        Map<String, String> sections =
                new RowCases(answers, subject.get(), other.get(), metric, isHigherBetter(metric)).sections();
        if (!sections.isEmpty()) {
            body.append("<section>\n<h2>Rows, by ").append(Html.escaped(metric)).append("</h2>\n");
            body.append("<p class=\"note\">Marked words differ from the expected answer.</p>\n");
            sections.forEach((head, html) -> body.append("<h3>")
                    .append(Html.escaped(head))
                    .append("</h3>\n")
                    .append(html));
            body.append("</section>\n");
        }
    }

    /// Returns the arm with the best primary score beside the subject.
    private Optional<String> strongestOther(String subject) {
        EvaluationReport report = evaluation.getReport();
        if (report.getMetricsCount() == 0) {
            return Optional.empty();
        }
        String metric = report.getMetrics(0);
        double sign = isHigherBetter(metric) ? 1 : -1;
        return report.getArmsList().stream()
                .filter(arm -> !arm.getArm().equals(subject) && arm.containsScores(metric))
                .max((a, b) -> Double.compare(
                        sign * a.getScoresOrThrow(metric).getValue(),
                        sign * b.getScoresOrThrow(metric).getValue()))
                .map(ArmReport::getArm);
    }

    private boolean isHigherBetter(String metric) {
        return evaluation.getRows().getMetricsList().stream()
                .filter(info -> info.getName().equals(metric))
                .findFirst()
                .map(MetricInfo::getHigherIsBetter)
                .orElse(true);
    }

    private static void list(String head, List<String> items, StringBuilder body) {
        if (items.isEmpty()) {
            return;
        }
        if (!head.isEmpty()) {
            body.append("<h3>").append(head).append("</h3>\n");
        }
        body.append("<ul>\n");
        items.forEach(item -> body.append("<li>").append(Html.escaped(item)).append("</li>\n"));
        body.append("</ul>\n");
    }
}
