package dev.finetide.cli.model;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.proto.model.v1.GetModelVersionRequest;
import dev.finetide.proto.model.v1.ModelVersion;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        mixinStandardHelpOptions = true,
        description = "Shows a model version; by default the newest.",
        footerHeading = "%nExamples:%n",
        footer = {"  finetide model show support-desk", "  finetide model show support-desk@approved -o json"})
final class ModelShowCommand implements Callable<Integer> {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(
            index = "0",
            paramLabel = "NAME[@VERSION]",
            description = "VERSION: a number, latest, or approved (the newest approved).")
    private String name;

    @Override
    public Integer call() {
        try (Services services = connection.open(output)) {
            GetModelVersionRequest request = GetModelVersionRequest.newBuilder()
                    .setName(connection.names().modelVersion(name, "latest"))
                    .build();
            ModelVersion version = services.models().call(stub -> stub.getModelVersion(request));
            if (output.isJson()) {
                output.json(version);
            } else {
                ModelText.print(version, output.out());
            }
        }
        return 0;
    }
}
