package dev.finetide.cli.eval.page;

import dev.finetide.cli.eval.JudgeText;
import dev.finetide.cli.output.Html;
import dev.finetide.proto.evaluation.v1.EvaluationReport;

/// The part of a page about what a judge says; nothing if nobody judged.
record JudgeSection(EvaluationReport report) {
    String html() {
        if (!report.hasJudging()) {
            return "";
        }
        JudgeText text = new JudgeText(report.getJudging());
        StringBuilder body = new StringBuilder("<section>\n<h2>");
        body.append(Html.escaped(text.head())).append("</h2>\n<ul>\n");
        text.sentences()
                .forEach(sentence ->
                        body.append("<li>").append(Html.escaped(sentence)).append("</li>\n"));
        return body.append("</ul>\n</section>\n").toString();
    }
}
