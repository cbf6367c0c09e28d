package dev.finetide.cli.eval;

import dev.finetide.cli.client.Names;
import dev.finetide.cli.output.Formats;
import dev.finetide.cli.output.Table;
import dev.finetide.proto.evaluation.v1.Evaluation;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/// Prints an evaluation for people.
final class EvaluationText {
    private static final double MS = 1000;

    private EvaluationText() {}

    static void print(Evaluation evaluation, PrintWriter out) {
        Table table = new Table()
                .row("evaluation", Names.brief(evaluation.getName()))
                .row("state", evaluation.getState().name().toLowerCase(Locale.ROOT))
                .row("answers", evaluation.getResults() + " of " + evaluation.getTotalResults())
                .row("created", Formats.time(evaluation.getCreateTime()));
        if (evaluation.hasWaiting()) {
            table.row("waits", Formats.waiting(evaluation.getWaiting()));
        }
        if (evaluation.hasError()) {
            table.row(
                    "error",
                    evaluation.getError().getReason() + ": "
                            + evaluation.getError().getMessage());
        }
        if (evaluation.hasReport()) {
            table.row("took", Formats.duration(Duration.ofMillis((long)
                            (evaluation.getReport().getSeconds() * MS))))
                    .row("peak memory", Formats.bytes(evaluation.getReport().getPeakMemoryBytes()));
        }
        table.print(out);
        if (evaluation.hasReport()) {
            out.println();
            ReportTable.print(evaluation.getReport(), out);
        }
    }
}
