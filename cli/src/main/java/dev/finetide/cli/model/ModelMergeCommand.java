package dev.finetide.cli.model;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.client.Connection;
import dev.finetide.cli.files.UnfinishedDirectory;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.Formats;
import dev.finetide.cli.worker.MachineOptions;
import dev.finetide.cli.worker.WorkerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "merge",
        mixinStandardHelpOptions = true,
        description = {
            "Merges an adapter into its base and writes a Hugging Face model directory that needs no PEFT.",
            "Computes in fp32 on this machine. The directory appears only when it is complete."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide model merge support-desk ./support-desk-model",
            "  finetide model merge ./adapter ./merged --base ./models/smollm2 --dtype float32"
        })
final class ModelMergeCommand implements Callable<Integer> {
    private enum Dtype {
        float32,
        bfloat16
    }

    @Spec
    private CommandSpec command;

    @Option(
            names = "--base",
            paramLabel = "DIR_OR_NAME",
            description =
                    "The base; required for an adapter directory; default: the base that the version was trained on.")
    private String base;

    @Option(
            names = "--dtype",
            paramLabel = "float32|bfloat16",
            description =
                    "Type of the written weights; default: bfloat16 if all weights of the base have it, else float32.")
    private Dtype dtype;

    @Mixin
    private MachineOptions machine;

    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(
            index = "0",
            paramLabel = "NAME[@VERSION]|DIR",
            description = "The adapter: an approved version, by default the newest, or a directory.")
    private String adapter;

    @Parameters(index = "1", paramLabel = "DIR", description = "A directory that does not exist or is empty.")
    private Path directory;

    @Override
    public Integer call() throws IOException {
        if (LocalModels.isDirectory(adapter) && base == null) {
            throw new ParameterException(command.commandLine(), "an adapter directory needs --base");
        }
        try (UnfinishedDirectory merged = UnfinishedDirectory.beside(directory)) {
            LocalModels.Model model = new LocalModels(connection, output)
                    .adapted(adapter, base, false)
                    .getFirst();
            if (model.adapter() == null) {
                throw CommandFailedException.refused(
                        adapter + " is already a full model: download it with finetide model pull");
            }
            new WorkerProcess(WorkerProcess.home()).run(arguments(model, merged.path()), line -> {
                JsonObject result = JsonParser.parseString(line).getAsJsonObject();
                result.addProperty(
                        "directory", directory.toAbsolutePath().normalize().toString());
                output.line(
                        output.isJson()
                                ? result.toString()
                                : Formats.count(result.get("parameters").getAsLong()) + " parameters in "
                                        + result.get("dtype").getAsString() + " are in " + directory);
            });
            merged.publish();
        }
        return 0;
    }

    private List<String> arguments(LocalModels.Model model, Path out) {
        List<String> arguments = new ArrayList<>(
                List.of("merge", "--base=" + model.base(), "--adapter=" + model.adapter(), "--out=" + out));
        if (dtype != null) {
            arguments.add("--dtype=" + dtype);
        }
        arguments.addAll(machine.arguments());
        return arguments;
    }
}
