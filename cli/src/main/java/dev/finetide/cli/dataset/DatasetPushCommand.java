package dev.finetide.cli.dataset;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.proto.dataset.v1.CsvSource;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.JsonlSource;
import dev.finetide.proto.dataset.v1.UploadHeader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "push",
        mixinStandardHelpOptions = true,
        description = {
            "Uploads a file as a new, immutable version of a dataset.",
            "JSONL: each line is {\"messages\": [...]} as in OpenAI's chat format, or {\"prompt\": ..., \"completion\": ...}.",
            "CSV: the first line is a header; options name the columns. Equal content finds the version that exists."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide dataset push support-desk train.jsonl --test test.jsonl",
            "  finetide dataset push banking77 train.csv --test test.csv \\",
            "      --prompt-template $'Question: {text}\\nIntent:' --completion-template ' {category|replace:_, }'",
            "  finetide dataset push faq faq.csv --prompt-column question --completion-column answer --allow-invalid 10"
        })
final class DatasetPushCommand implements Callable<Integer> {
    @Spec
    private CommandSpec command;

    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", paramLabel = "NAME", description = "The dataset; created with its first version.")
    private String name;

    @Parameters(index = "1", paramLabel = "FILE", description = "Training rows: .jsonl or .csv.")
    private Path file;

    @Option(names = "--test", paramLabel = "FILE", description = "Held-out rows, in the same form.")
    private Path test;

    @Option(
            names = "--test-fraction",
            paramLabel = "PART",
            description =
                    "Without --test: fraction of the rows held out for the test, by hash of their input; default: 0.1.")
    private Double testFraction;

    @Option(
            names = "--allow-invalid",
            paramLabel = "N",
            defaultValue = "0",
            description = "Number of invalid rows that may be left out and reported; default: ${DEFAULT-VALUE}.")
    private long allowInvalid;

    @Option(names = "--prompt-column", paramLabel = "COLUMN", description = "CSV: the column of the prompt.")
    private String promptColumn;

    @Option(names = "--completion-column", paramLabel = "COLUMN", description = "CSV: the column of the answer.")
    private String completionColumn;

    @Option(
            names = "--prompt-template",
            paramLabel = "TEMPLATE",
            description = "CSV: template of the prompt, with {column} or {column|filter:argument,...}.")
    private String promptTemplate;

    @Option(names = "--completion-template", paramLabel = "TEMPLATE", description = "CSV: the template of the answer.")
    private String completionTemplate;

    @Override
    public Integer call() throws IOException {
        UploadHeader header = header();
        try (Services services = connection.open(output)) {
            DatasetVersion version =
                    new DatasetUpload(services.datasets(), output.err()).send(header, file, Optional.ofNullable(test));
            if (output.isJson()) {
                output.json(version);
            } else {
                DatasetText.print(version, output.out());
            }
        }
        return 0;
    }

    private UploadHeader header() {
        UploadHeader.Builder header = UploadHeader.newBuilder()
                .setDataset(connection.names().dataset(name))
                .setRequestId(UUID.randomUUID().toString())
                .setAllowInvalid(allowInvalid)
                .setSourceName(file.getFileName().toString());
        if (testFraction != null) {
            header.setTestFraction(testFraction);
        }
        if (isCsv()) {
            header.setCsv(CsvSource.newBuilder()
                    .setPromptTemplate(template("prompt", promptTemplate, promptColumn))
                    .setCompletionTemplate(template("completion", completionTemplate, completionColumn)));
        } else {
            header.setJsonl(JsonlSource.getDefaultInstance());
        }
        return header.build();
    }

    private boolean isCsv() {
        boolean csvOptions = promptColumn != null
                || completionColumn != null
                || promptTemplate != null
                || completionTemplate != null;
        String lower = file.getFileName().toString().toLowerCase(Locale.ROOT);
        if (csvOptions && (lower.endsWith(".jsonl") || lower.endsWith(".json"))) {
            throw usage(file + " is JSONL; columns and templates are for CSV");
        }
        return csvOptions || lower.endsWith(".csv");
    }

    private String template(String part, String template, String column) {
        if ((template == null) == (column == null)) {
            throw usage("a CSV file needs one of --" + part + "-column and --" + part + "-template");
        }
        if (column != null && !column.matches("[^{}|]+")) {
            throw usage("--" + part + "-column: a column name cannot contain { } or |");
        }
        return column == null ? template : "{" + column + "}";
    }

    private ParameterException usage(String problem) {
        return new ParameterException(command.commandLine(), problem);
    }
}
