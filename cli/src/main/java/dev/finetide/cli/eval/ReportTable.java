package dev.finetide.cli.eval;

import dev.finetide.cli.output.Formats;
import dev.finetide.cli.output.RowReportText;
import dev.finetide.cli.output.Table;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.VariantMetrics;
import java.io.PrintWriter;

/// Prints the metrics of base and tuned model in two columns.
public final class ReportTable {
    private ReportTable() {}

    public static void print(EvaluationReport report, PrintWriter out) {
        VariantMetrics base = report.getBase();
        VariantMetrics tuned = report.getTuned();
        Table table = new Table("HELD-OUT ROWS", "BASE", "TUNED")
                .row("rows", base.getRows(), tuned.getRows())
                .row("exact match", Formats.part(base.getExactMatch()), Formats.part(tuned.getExactMatch()));
        if (base.hasValidJson() || tuned.hasValidJson()) {
            table.row("valid JSON", Formats.part(base.getValidJson()), Formats.part(tuned.getValidJson()));
        }
        table.row("token F1", Formats.part(base.getTokenF1()), Formats.part(tuned.getTokenF1()))
                .row("loss (nats)", Formats.loss(base.getLoss()), Formats.loss(tuned.getLoss()))
                .row("perplexity", Formats.perplexity(base.getPerplexity()), Formats.perplexity(tuned.getPerplexity()))
                .row("cut answers", base.getCutOutputs(), tuned.getCutOutputs())
                .print(out);
        if (report.getMaxNewTokens() > 0) {
            out.println("Answers could have " + Formats.count(report.getMaxNewTokens()) + " tokens.");
        }
        RowReportText.findings(report.getRowReport()).forEach(out::println);
        out.flush();
    }
}
