package dev.finetide.cli.base;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.proto.model.v1.Base;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "add",
        mixinStandardHelpOptions = true,
        description = {
            "Adds a Hugging Face model directory under a name.",
            "The base gets its safetensors, json, md, jinja and txt files, and additional_chat_templates/*.jinja.",
            "Files that the blob store has are not sent again."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide base add smollm2-135m ~/models/SmolLM2-135M",
            "  finetide base add smollm2-135m ~/models/SmolLM2-135M --origin HuggingFaceTB/SmolLM2-135M"
        })
final class BaseAddCommand implements Callable<Integer> {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Option(
            names = "--origin",
            paramLabel = "ORG/NAME",
            defaultValue = "",
            description =
                    "Name by which others can open the base, for base_model_name_or_path of adapters; default: _name_or_path of config.json, if it has the form ORG/NAME.")
    private String origin;

    @Parameters(index = "0", paramLabel = "NAME", description = "The base's name.")
    private String name;

    @Parameters(
            index = "1",
            paramLabel = "DIR",
            description = "Directory with config.json, tokenizer.json, *.safetensors.")
    private Path directory;

    @Override
    public Integer call() throws IOException {
        try (Services services = connection.open(output)) {
            ModelDirectory files = ModelDirectory.read(directory, output.err());
            Base base = new BaseUpload(services.bases(), connection.names(), output.err()).add(name, files, origin);
            if (output.isJson()) {
                output.json(base);
            } else {
                BaseText.print(base, output.out());
            }
        }
        return 0;
    }
}
