package dev.finetide.cli.dataset;

import com.google.gson.JsonObject;
import com.google.protobuf.ByteString;
import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.ServiceClient;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.files.WholeFile;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.Formats;
import dev.finetide.cli.output.SafePrinter;
import dev.finetide.cli.output.Terminal;
import dev.finetide.proto.dataset.v1.Chunk;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc.DatasetServiceBlockingStub;
import dev.finetide.proto.dataset.v1.ExportRowsRequest;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "export",
        mixinStandardHelpOptions = true,
        description = {
            "Writes a split of a version as a file, in any shape that can hold its rows.",
            "The file appears when it is complete. Nothing is overwritten."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide dataset export tickets@3 --split test -O test.jsonl",
            "  finetide dataset export tickets@prod --format prompt-completion --container csv -O tickets.csv",
            "  finetide dataset export tickets -O - | jq .messages[0].content"
        })
final class DatasetExportCommand implements Callable<Integer> {
    private static final String STDOUT = "-";

    @Spec
    private CommandSpec command;

    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", paramLabel = "NAME[@VERSION]", description = "The version, by number or tag.")
    private String name;

    @Option(
            names = "--split",
            paramLabel = "NAME",
            defaultValue = "train",
            description = "Split to write; default: ${DEFAULT-VALUE}.")
    private String split;

    @Option(
            names = "--format",
            paramLabel = "SHAPE",
            defaultValue = "",
            description = "Shape of the records: openai, prompt-completion or text; default: that of the rows.")
    private String shape;

    @Option(
            names = "--container",
            paramLabel = "NAME",
            defaultValue = "jsonl",
            description = "jsonl, json, csv or tsv; default: ${DEFAULT-VALUE}.")
    private String container;

    @Option(
            names = {"-O", "--output-file"},
            paramLabel = "FILE",
            description = "File to write, or - for standard output; default: NAME-VERSION-SPLIT.CONTAINER.")
    private String file;

    @Override
    public Integer call() throws IOException {
        ExportRowsRequest request = ExportRowsRequest.newBuilder()
                .setName(connection.names().datasetVersion(name))
                .setSplit(split)
                .setShape(shape)
                .setContainer(container)
                .build();
        try (Services services = connection.open(output)) {
            if (STDOUT.equals(file)) {
                if (output.isJson()) {
                    throw new ParameterException(command.commandLine(), "-O - and -o json would share one output");
                }
                export(services.datasets(), new ToStdout(request, stdout()));
                return 0;
            }
            Path target = Path.of(file == null ? usualName() : file);
            long bytes;
            try (WholeFile whole = WholeFile.create(target)) {
                bytes = export(services.datasets(), new ToFile(request, whole));
                whole.publish();
            }
            report(target, bytes);
        }
        return 0;
    }

    /// Returns stdout: as it is for a file or a pipe, and cleaned for a terminal.
    private PrintStream stdout() {
        return Terminal.showsResults() && output.out() instanceof SafePrinter printer
                ? new PrintStream(printer.lines(), true, StandardCharsets.UTF_8)
                : System.out;
    }

    private String usualName() {
        String version = name.startsWith("projects/") ? Names.brief(name) : name;
        return version.replaceAll("[@/]", "-") + "-" + split + "." + container;
    }

    private void report(Path target, long bytes) {
        if (output.isJson()) {
            JsonObject written = new JsonObject();
            written.addProperty("file", target.toString());
            written.addProperty("sizeBytes", bytes);
            output.line(written.toString());
        } else {
            output.line(target + ": " + Formats.bytes(bytes));
        }
    }

    /// Writes the bytes of the split.
    ///
    /// @return number of bytes
    private static long export(ServiceClient<DatasetServiceBlockingStub> datasets, ExportStream stream)
            throws IOException {
        try {
            datasets.follow(stream);
        } catch (UncheckedIOException unwritable) {
            throw unwritable.getCause();
        }
        return stream.written;
    }

    /// The bytes of a split, on their way to a file or to stdout.
    private abstract static class ExportStream implements ServiceClient.Resumable<DatasetServiceBlockingStub, Chunk> {
        private final ExportRowsRequest request;
        private long written;

        ExportStream(ExportRowsRequest request) {
            this.request = request;
        }

        /// Gets ready for the first byte, which is sent again after a cut.
        abstract void begin() throws IOException;

        abstract void write(ByteString bytes) throws IOException;

        @Override
        public Iterator<Chunk> open(DatasetServiceBlockingStub stub) {
            written = 0;
            try {
                begin();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return stub.exportRows(request);
        }

        @Override
        public boolean on(Chunk chunk) {
            try {
                write(chunk.getData());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            written += chunk.getData().size();
            return false;
        }

        @Override
        public boolean onEnd() {
            return true;
        }
    }

    private static final class ToFile extends ExportStream {
        private final WholeFile file;

        ToFile(ExportRowsRequest request, WholeFile file) {
            super(request);
            this.file = file;
        }

        @Override
        void begin() throws IOException {
            file.restart();
        }

        @Override
        void write(ByteString bytes) throws IOException {
            bytes.writeTo(file.out());
        }
    }

    /// Bytes that were printed cannot be taken back, so a cut ends the command once there are some.
    private static final class ToStdout extends ExportStream {
        private final PrintStream out;
        private boolean printed;

        ToStdout(ExportRowsRequest request, PrintStream out) {
            super(request);
            this.out = out;
        }

        @Override
        void begin() {
            if (printed) {
                throw CommandFailedException.unreachable(
                        "the stream of rows was cut, and stdout has a part of it", null);
            }
        }

        @Override
        void write(ByteString bytes) throws IOException {
            printed = true;
            bytes.writeTo(out);
            out.flush();
            if (out.checkError()) {
                throw CommandFailedException.failed("the output was closed");
            }
        }
    }
}
