package dev.finetide.cli.advice;

import dev.finetide.cli.ExitCode;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.eval.PassagesText;
import dev.finetide.cli.eval.ReportPage;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.Formats;
import dev.finetide.cli.output.Table;
import dev.finetide.cli.output.Wrapped;
import dev.finetide.proto.evaluation.v1.Advice;
import dev.finetide.proto.evaluation.v1.AdviceRun;
import dev.finetide.proto.evaluation.v1.DataFindings;
import dev.finetide.proto.evaluation.v1.EvaluationRows;
import dev.finetide.proto.work.v1.State;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Prints advice for people.
final class AdvicePage {
    private static final double MS = 1000;

    private AdvicePage() {}

    /// Follows advice to its end, prints it, and returns the command's exit code.
    ///
    /// @param pricePerHour price of the machine for an hour; 0 if it is not known
    static int followAndPrint(Services services, String name, double pricePerHour, CommandOutput output) {
        Advice ended = new AdviceFollower(services, output::note).follow(name);
        if (output.isJson()) {
            output.json(ended);
        } else {
            print(ended, pricePerHour, output.out());
        }
        return (ended.getState() == State.SUCCEEDED ? ExitCode.DONE : ExitCode.FAILED).number();
    }

    static void print(Advice advice, double pricePerHour, PrintWriter out) {
        head(advice).print(out);
        runs(advice).forEach(line -> Wrapped.lines("", "  ", line).forEach(out::println));
        if (advice.hasReport()) {
            out.println();
            new ReportPage(advice.getReport(), pricePerHour).print(out);
        }
        out.flush();
    }

    private static Table head(Advice advice) {
        Table table = new Table()
                .row("advice", Names.brief(advice.getName()))
                .row("state", state(advice))
                .row("dataset", Names.brief(advice.getSpec().getDatasetVersion()))
                .row("base", Names.brief(advice.getSpec().getBase()));
        if (advice.hasRows()) {
            table.row("task", task(advice.getRows()));
            table.row("train rows", found(advice.getRows().getData()));
        }
        if (!advice.getEvaluation().isEmpty()) {
            table.row("evaluation", Names.brief(advice.getEvaluation()));
        }
        if (advice.hasError()) {
            table.row(
                    "error",
                    advice.getError().getReason() + ": " + advice.getError().getMessage());
        }
        return table;
    }

    static String state(Advice advice) {
        String state = word(advice.getState().name());
        return advice.getState() == State.RUNNING && !advice.getDoing().isEmpty()
                ? state + ": " + advice.getDoing()
                : state;
    }

    static String word(String constant) {
        return constant.toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static String task(EvaluationRows rows) {
        return word(rows.getTask().name()) + " (" + rows.getTaskReason() + ")";
    }

    private static String found(DataFindings data) {
        List<String> found = new ArrayList<>();
        found.add(Formats.count(data.getTrainRows()));
        found.add(Formats.count(data.getDistinctInputs()) + " different questions");
        found.add(Formats.count(data.getDistinctAnswers()) + " different answers");
        if (data.getContradictingRows() > 0) {
            found.add(Formats.count(data.getContradictingRows()) + " contradict another row");
        }
        return String.join(", ", found);
    }

    /// Returns a line for each training that was considered.
    private static List<String> runs(Advice advice) {
        return advice.getRunsList().stream().map(AdvicePage::line).toList();
    }

    private static String line(AdviceRun run) {
        StringBuilder line = new StringBuilder(word(run.getMethod().name()));
        if (run.hasPassages()) {
            line.append(" learnt with ").append(PassagesText.words(run.getPassages()));
        }
        if (run.hasEstimate()) {
            line.append(", estimated ").append(Formats.duration(Duration.ofMillis((long)
                    (run.getEstimate().getSeconds() * MS))));
        }
        if (!run.getLeftOut().isEmpty()) {
            return line.append(": not trained, because ")
                    .append(run.getLeftOut())
                    .toString();
        }
        if (!run.getTrainingRun().isEmpty()) {
            line.append(": run ")
                    .append(Names.brief(run.getTrainingRun()))
                    .append(run.getReused() ? ", which existed" : "");
        }
        if (!run.getModelVersion().isEmpty()) {
            line.append(", model ").append(Names.brief(run.getModelVersion()));
        }
        return line.toString();
    }
}
