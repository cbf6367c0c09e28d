package dev.finetide.cli.eval.page;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.eval.Answers;
import dev.finetide.cli.files.WholeFile;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.proto.evaluation.v1.Evaluation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
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
    /// @param runs resource names of trainings whose losses are shown beside those of the arms
    /// @throws CommandFailedException REFUSED if the file exists, or the evaluation has not ended
    public void write(
            Services services, Evaluation evaluation, List<String> runs, double pricePerHour, CommandOutput output)
            throws IOException {
        WholeFile.refuseUsed(file);
        Answers answers = Answers.of(services, evaluation);
        Trainings trainings = Trainings.of(services, evaluation, runs, output::note);
        EvaluationHtml page = new EvaluationHtml(evaluation, answers, trainings, pricePerHour);
        try (WholeFile whole = WholeFile.create(file)) {
            whole.out().write(page.html().getBytes(StandardCharsets.UTF_8));
            whole.publish();
        }
        output.note("page: " + file);
    }
}
