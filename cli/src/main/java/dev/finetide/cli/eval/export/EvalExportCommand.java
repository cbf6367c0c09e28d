package dev.finetide.cli.eval.export;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.eval.Answers;
import dev.finetide.cli.eval.RunEvaluations;
import dev.finetide.cli.files.WholeFile;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.Formats;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.MetricInfo;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "export",
        mixinStandardHelpOptions = true,
        description = {
            "Writes all answers of an evaluation with their scores to a file: one record for each row, arm and draw.",
            "Rows of probes have the probe's name, and numbers of their own.",
            "With --scores the scores of the report instead: one record for each arm and metric.",
            "The file appears when it is complete. Nothing is overwritten."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide eval export EVALUATION answers.csv",
            "  finetide eval export EVALUATION answers.parquet",
            "  finetide eval export EVALUATION scores.parquet --scores",
            "  finetide eval export RUN answers.jsonl --sent-prompts"
        })
public final class EvalExportCommand implements Callable<Integer> {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", paramLabel = "EVALUATION|RUN", description = "Id of an evaluation, or of its run.")
    private String name;

    @Parameters(index = "1", paramLabel = "FILE", description = "File to write.")
    private Path file;

    @Option(
            names = "--format",
            paramLabel = "csv|jsonl|parquet",
            defaultValue = "",
            description = "Format of the file; default: what its ending says.")
    private String format;

    @Option(names = "--scores", description = "The scores of each arm with their intervals, instead of the answers.")
    private boolean scores;

    @Option(names = "--sent-prompts", description = "With the prompts as they were sent, which may be long.")
    private boolean sentPrompts;

    @Override
    public Integer call() throws IOException {
        ExportFormat wanted = ExportFormat.of(format, file);
        WholeFile.refuseUsed(file);
        try (Services services = connection.open(output);
                WholeFile whole = WholeFile.create(file)) {
            Evaluation evaluation = new RunEvaluations(services).named(name, connection.names());
            long records = scores
                    ? writeScores(wanted, evaluation, whole.out())
                    : writeAnswers(wanted, services, evaluation, whole.out());
            whole.publish();
            output.note(Formats.count(records) + (scores ? " scores: " : " answers: ") + file);
        }
        return 0;
    }

    private long writeAnswers(ExportFormat wanted, Services services, Evaluation evaluation, OutputStream out)
            throws IOException {
        List<String> metrics = evaluation.getRows().getMetricsList().stream()
                .map(MetricInfo::getName)
                .toList();
        ExportedRecord example = ExportedRecord.of(ExampleResult.getDefaultInstance(), sentPrompts);
        RecordFile writer = wanted.open(out, example, metrics);
        long[] records = {0};
        Answers.readWithProbes(services, evaluation, result -> {
            records[0]++;
            write(writer, ExportedRecord.of(result, sentPrompts));
        });
        writer.end();
        return records[0];
    }

    private static long writeScores(ExportFormat wanted, Evaluation evaluation, OutputStream out) throws IOException {
        if (!evaluation.hasReport()) {
            throw CommandFailedException.refused("evaluation " + Names.brief(evaluation.getName()) + " is "
                    + evaluation.getState() + ": it has scores when it has succeeded");
        }
        List<ExportedRecord> records = ExportedRecord.of(evaluation.getReport());
        RecordFile writer = wanted.open(out, ExportedRecord.emptyScore(), List.of());
        records.forEach(record -> write(writer, record));
        writer.end();
        return records.size();
    }

    private static void write(RecordFile writer, ExportedRecord record) {
        try {
            writer.add(record);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
