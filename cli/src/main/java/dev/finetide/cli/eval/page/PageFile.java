package dev.finetide.cli.eval.page;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.eval.Answers;
import dev.finetide.cli.files.WholeFile;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.run.LossCurve;
import dev.finetide.proto.evaluation.v1.Evaluation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/// Option `--html`, by which a command writes the page of an evaluation to a file.
public final class PageFile {
    @Option(
            names = "--html",
            paramLabel = "FILE",
            description = "Writes a page with plots and single rows, for a browser. The file must not exist. It shows"
                    + " row texts.")
    private Path file;

    public boolean isAsked() {
        return file != null;
    }

    /// Writes the page of an evaluation.
    ///
    /// @param runs resource names of the trainings whose losses are shown
    /// @throws CommandFailedException REFUSED if the file exists, or the evaluation has not ended
    public void write(
            Services services, Evaluation evaluation, List<String> runs, double pricePerHour, CommandOutput output)
            throws IOException {
        WholeFile.refuseUsed(file);
        Answers answers = Answers.of(services, evaluation);
        Map<String, LossCurve> curves = new LinkedHashMap<>();
        runs.forEach(run -> curves.put(Names.brief(run), LossCurve.of(services, run)));
        EvaluationHtml page = new EvaluationHtml(evaluation, answers, curves, pricePerHour);
        try (WholeFile whole = WholeFile.create(file)) {
            whole.out().write(page.html().getBytes(StandardCharsets.UTF_8));
            whole.publish();
        }
        output.note("page: " + file);
    }
}
