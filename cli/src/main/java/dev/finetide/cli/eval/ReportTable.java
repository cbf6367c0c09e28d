package dev.finetide.cli.eval;

import dev.finetide.cli.output.Table;
import dev.finetide.cli.output.Texts;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.VariantMetrics;
import java.io.PrintWriter;

/// Before and after, side by side.
public final class ReportTable {
    private ReportTable() {}

    public static void print(EvaluationReport report, PrintWriter out) {
        VariantMetrics base = report.getBase();
        VariantMetrics tuned = report.getTuned();
        Table table = new Table("HELD-OUT ROWS", "BASE", "TUNED")
                .row("rows", base.getRows(), tuned.getRows())
                .row("exact match", Texts.part(base.getExactMatch()), Texts.part(tuned.getExactMatch()));
        if (base.hasValidJson() || tuned.hasValidJson()) {
            table.row("valid JSON", Texts.part(base.getValidJson()), Texts.part(tuned.getValidJson()));
        }
        table.row("token F1", Texts.part(base.getTokenF1()), Texts.part(tuned.getTokenF1()))
                .row("loss (nats)", Texts.loss(base.getLoss()), Texts.loss(tuned.getLoss()))
                .row("perplexity", Texts.perplexity(base.getPerplexity()), Texts.perplexity(tuned.getPerplexity()))
                .print(out);
    }
}
