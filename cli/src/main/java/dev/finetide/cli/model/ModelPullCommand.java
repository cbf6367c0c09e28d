package dev.finetide.cli.model;

import com.google.gson.JsonObject;
import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.proto.model.v1.ModelVersion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "pull",
        mixinStandardHelpOptions = true,
        description = {
            "Downloads an approved version into a new directory that Hugging Face PEFT and vLLM can load.",
            "The SHA-256 of every file is checked. The directory appears only when it is complete."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  finetide model pull support-desk ./adapter", "  finetide model pull support-desk@2 ./adapter-2"})
final class ModelPullCommand implements Callable<Integer> {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(
            index = "0",
            paramLabel = "NAME[@VERSION]",
            description = "The version; by default the newest approved one.")
    private String name;

    @Parameters(index = "1", paramLabel = "DIR", description = "A directory that does not exist or is empty.")
    private Path directory;

    @Override
    public Integer call() throws IOException {
        try (Services services = connection.open(output)) {
            ModelPull pull = new ModelPull(services.models(), output.err());
            ModelVersion version = pull.find(connection.names().modelVersion(name, "approved"));
            pull.into(directory, version);
            if (output.isJson()) {
                JsonObject object = new JsonObject();
                object.addProperty(
                        "directory", directory.toAbsolutePath().normalize().toString());
                object.add("modelVersion", CommandOutput.toJsonTree(version));
                output.line(object.toString());
            } else {
                output.line(Names.brief(version.getName()) + " (" + ModelText.kind(version) + ", "
                        + version.getFilesCount() + " files, digest " + version.getDigest() + ") is in " + directory);
            }
        }
        return 0;
    }
}
