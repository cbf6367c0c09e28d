package dev.finetide.cli.dataset.push;

import dev.finetide.cli.FieldOptions;
import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.dataset.DatasetText;
import dev.finetide.cli.dataset.LengthOptions;
import dev.finetide.cli.dataset.SplitOptions;
import dev.finetide.cli.dataset.TagMove;
import dev.finetide.cli.files.WholeFile;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.embedded.EmbeddedPostgres;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.ImportDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.RowFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "push",
        mixinStandardHelpOptions = true,
        description = {
            "Reads files as a new, immutable version of a dataset. Equal content finds the version that exists.",
            "Containers: JSONL, a JSON array, CSV, TSV, Parquet and Arrow, each also gzip or zstd. Shapes: OpenAI chat,"
                    + " prompt and completion, Alpaca, ShareGPT, Gemini, Bedrock, text. Both are detected.",
            "An upload that broke goes on where it was when the same command runs again."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide dataset push support-desk train.jsonl --test test.jsonl",
            "  finetide dataset push support-desk train.parquet --validation-fraction 0.1 --test-fraction 0.1",
            "  finetide dataset push banking77 train.csv --test test.csv \\",
            "      --prompt-template $'Question: {text}\\nIntent:' --completion-template ' {category|replace:_, }'",
            "  finetide dataset push faq faq.csv --prompt-column question --completion-column answer --allow-invalid 10",
            "  finetide dataset push chats hf-dataset/ --ignore-columns id,source --tag-columns language --tag prod",
            "  finetide dataset push manual --documents docs/ --chunk-words 150",
            "  finetide dataset push logs s3://bucket/logs/ --base tiny --max-length context --leave-out-long"
        })
public final class DatasetPushCommand implements Callable<Integer>, FieldOptions {
    private static final Map<String, String> OPTION_BY_FIELD = Map.ofEntries(
            Map.entry("read.shape", "--format"),
            Map.entry("read.container", "--container"),
            Map.entry("read.delimiter", "--delimiter"),
            Map.entry("read.encoding", "--encoding"),
            Map.entry("read.prompt_template", "--prompt-template"),
            Map.entry("read.completion_template", "--completion-template"),
            Map.entry("read.system_template", "--system-template"),
            Map.entry("read.ignore_columns", "--ignore-columns"),
            Map.entry("read.tag_columns", "--tag-columns"),
            Map.entry("read.allow_empty", "--allow-empty"),
            Map.entry("read.chunking", "--chunk-words"),
            Map.entry("split.column", "--split-column"),
            Map.entry("split.validation_fraction", "--validation-fraction"),
            Map.entry("split.test_fraction", "--test-fraction"),
            Map.entry("split.group_column", "--group-column"),
            Map.entry("split.overlap", "--overlap"),
            Map.entry("allow_invalid", "--allow-invalid"),
            Map.entry("length.base", "--base"),
            Map.entry("length.max_tokens", "--max-length"));

    @Spec
    private CommandSpec command;

    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Mixin
    private DataArguments data;

    @Mixin
    private ReadingOptions reading;

    @Mixin
    private DocumentOptions documents;

    @Mixin
    private SplitOptions splitting;

    @Mixin
    private LengthOptions length;

    @Option(
            names = "--allow-invalid",
            paramLabel = "N",
            defaultValue = "0",
            description = "Number of invalid rows that may be left out, reported, and written to a file to be mended;"
                    + " default: ${DEFAULT-VALUE}.")
    private long allowInvalid;

    @Option(
            names = "--refused-file",
            paramLabel = "FILE",
            description = "File for the rows that --allow-invalid leaves out; default: NAME-VERSION.refused.jsonl.")
    private Path refusedFile;

    @Option(names = "--tag", paramLabel = "TAG", description = "Tag to move to the version, as in NAME@TAG.")
    private String tag;

    @Override
    public Map<String, String> optionByField() {
        return OPTION_BY_FIELD;
    }

    @Override
    public Integer call() throws IOException {
        if (refusedFile != null) {
            WholeFile.refuseUsed(refusedFile);
        }
        ImportDatasetVersionRequest.Builder request = ImportDatasetVersionRequest.newBuilder()
                .setDataset(connection.names().dataset(data.dataset()))
                .setRequestId(UUID.randomUUID().toString())
                .setRead(reading.options(command.commandLine()))
                .setSplit(splitting.rules())
                .setAllowInvalid(allowInvalid);
        List<DataSource> sources = sources(request);
        try (Services services = connection.open(output)) {
            length.limit(command.commandLine(), services, connection.names(), output.err())
                    .ifPresent(request::setLength);
            DatasetVersion version = new DatasetImport(
                            services.datasets(),
                            connection.names().parent(),
                            EmbeddedPostgres.userCache(),
                            output.err())
                    .run(sources, request);
            if (tag != null) {
                TagMove.to(services.datasets(), version.getName(), tag, "");
            }
            if (output.isJson()) {
                output.json(version);
            } else {
                DatasetText.print(version, output.out());
            }
            if (version.getRowFormat() != RowFormat.DOCUMENTS) {
                output.note("is this data fit for fine-tuning? finetide dataset report "
                        + Names.typed(version.getName()) + " --wait");
            }
            if (version.getReport().getRowsInvalid() > 0) {
                writeRefused(services, version);
            }
        }
        return 0;
    }

    /// Returns the files, and says in the request whether they are documents.
    private List<DataSource> sources(ImportDatasetVersionRequest.Builder request) throws IOException {
        documents.check(command.commandLine());
        if (!documents.areGiven()) {
            return data.sources(output, command.commandLine());
        }
        if (data.nameFiles()) {
            throw new ParameterException(
                    command.commandLine(), "--documents stands alone: a version holds documents or rows, not both");
        }
        request.getReadBuilder().setChunking(documents.chunking());
        return documents.sources(output);
    }

    private void writeRefused(Services services, DatasetVersion version) throws IOException {
        Path target = refusedFile != null
                ? refusedFile
                : Path.of(Names.brief(version.getName()).replace('@', '-') + ".refused.jsonl");
        if (refusedFile == null && Files.exists(target)) {
            output.note(target + " exists and stays as it is; the refused rows: finetide dataset rows "
                    + Names.typed(version.getName()) + " --refused");
            return;
        }
        long records = RefusedFile.write(services.datasets(), version.getName(), target);
        output.note(records + (records == 1 ? " refused row is in " : " refused rows are in ") + target
                + ", each with its reason under \"" + RefusedFile.KEY
                + "\". Mend them, and push the file together with the others");
    }
}
