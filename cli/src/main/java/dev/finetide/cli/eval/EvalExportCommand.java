package dev.finetide.cli.eval;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import de.siegmar.fastcsv.writer.CsvWriter;
import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.files.WholeFile;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.Formats;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.MetricInfo;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
            "The file appears when it is complete. Nothing is overwritten."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide eval export EVALUATION answers.csv",
            "  finetide eval export RUN answers.jsonl --sent-prompts"
        })
final class EvalExportCommand implements Callable<Integer> {
    private static final Gson JSON = new GsonBuilder()
            .disableHtmlEscaping()
            .serializeSpecialFloatingPointValues()
            .create();

    /// The forms of the file.
    private enum Format {
        CSV,
        JSONL;

        static Format ofEnding(Path file) {
            String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
            if (name.endsWith(".csv")) {
                return CSV;
            }
            if (name.endsWith(".jsonl")) {
                return JSONL;
            }
            throw ArmText.usage(file + ": the ending tells the format, expected .csv or .jsonl");
        }
    }

    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", paramLabel = "EVALUATION|RUN", description = "Id of an evaluation, or of its run.")
    private String name;

    @Parameters(index = "1", paramLabel = "FILE", description = "File to write: .csv or .jsonl.")
    private Path file;

    @Option(names = "--sent-prompts", description = "With the prompts as they were sent, which may be long.")
    private boolean sentPrompts;

    @Override
    public Integer call() throws IOException {
        Format format = Format.ofEnding(file);
        WholeFile.refuseUsed(file);
        try (Services services = connection.open(output);
                WholeFile whole = WholeFile.create(file)) {
            Evaluation evaluation = new RunEvaluations(services).named(name, connection.names());
            long[] records = {0};
            try (Records writer = open(format, evaluation, whole.out())) {
                Answers.readWithProbes(services, evaluation, result -> {
                    records[0]++;
                    write(writer, result);
                });
            }
            whole.publish();
            output.note(Formats.count(records[0]) + " answers: " + file);
        }
        return 0;
    }

    private static void write(Records writer, ExampleResult result) {
        try {
            writer.add(result);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Takes answers one after the other.
    private interface Records extends AutoCloseable {
        void add(ExampleResult result) throws IOException;

        @Override
        void close() throws IOException;
    }

    private Records open(Format format, Evaluation evaluation, OutputStream out) throws IOException {
        List<String> metrics = evaluation.getRows().getMetricsList().stream()
                .map(MetricInfo::getName)
                .toList();
        return switch (format) {
            case CSV -> new Csv(metrics, out);
            case JSONL -> new Jsonl(out);
        };
    }

    /// Returns what a record has apart from its scores, in the order of columns.
    private JsonObject fields(ExampleResult result) {
        JsonObject fields = new JsonObject();
        fields.addProperty("row", result.getRow() + 1);
        fields.addProperty("probe", result.getProbe());
        fields.addProperty("file", result.getPlace().getFile());
        fields.addProperty(
                "line", Math.max(result.getPlace().getLine(), result.getPlace().getRecord()));
        fields.addProperty("arm", result.getArm());
        fields.addProperty("draw", result.getRepeat() + 1);
        fields.addProperty("question", result.getPrompt());
        fields.addProperty("expected", result.getExpected());
        fields.addProperty("output", result.getOutput());
        fields.addProperty("answer", result.hasAnswer() ? result.getAnswer() : result.getOutput());
        fields.addProperty("texts_cut", result.getTextsCut());
        fields.addProperty("output_cut", result.getOutputCut());
        fields.addProperty("prompt_tokens", result.getPromptTokens());
        fields.addProperty("completion_tokens", result.getCompletionTokens());
        fields.addProperty("latency_seconds", result.getLatencySeconds());
        if (sentPrompts) {
            fields.addProperty("sent_prompt", result.getSentPrompt());
        }
        return fields;
    }

    /// One column for each metric; empty where a row has no such score.
    private final class Csv implements Records {
        private final CsvWriter writer;
        private final List<String> metrics;

        Csv(List<String> metrics, OutputStream out) {
            this.metrics = metrics;
            this.writer = CsvWriter.builder().build(out, StandardCharsets.UTF_8);
            List<String> heads =
                    new ArrayList<>(fields(ExampleResult.getDefaultInstance()).keySet());
            heads.addAll(metrics);
            writer.writeRecord(heads);
        }

        @Override
        public void add(ExampleResult result) {
            List<String> record = new ArrayList<>();
            fields(result).asMap().values().forEach(value -> record.add(value.getAsString()));
            for (String metric : metrics) {
                record.add(result.containsScores(metric) ? Double.toString(result.getScoresOrThrow(metric)) : "");
            }
            writer.writeRecord(record);
        }

        /// Leaves the file open, which is published later.
        @Override
        public void close() throws IOException {
            writer.flush();
        }
    }

    private final class Jsonl implements Records {
        private final OutputStream out;

        Jsonl(OutputStream out) {
            this.out = out;
        }

        @Override
        public void add(ExampleResult result) throws IOException {
            JsonObject record = fields(result);
            record.add("scores", JSON.toJsonTree(result.getScoresMap()));
            record.add("tags", JSON.toJsonTree(result.getFacts().getTagsMap()));
            out.write((JSON.toJson(record) + "\n").getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public void close() throws IOException {
            out.flush();
        }
    }
}
