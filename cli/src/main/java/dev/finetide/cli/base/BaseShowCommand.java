package dev.finetide.cli.base;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.GetBaseRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        mixinStandardHelpOptions = true,
        description = "Shows a base and its files.",
        footerHeading = "%nExamples:%n",
        footer = {"  finetide base show smollm2-135m"})
final class BaseShowCommand implements Callable<Integer> {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", paramLabel = "NAME", description = "The base.")
    private String name;

    @Override
    public Integer call() {
        try (Services services = connection.open(output)) {
            GetBaseRequest request = GetBaseRequest.newBuilder()
                    .setName(connection.names().base(name))
                    .build();
            Base base = services.bases().call(stub -> stub.getBase(request));
            if (output.isJson()) {
                output.json(base);
            } else {
                BaseText.print(base, output.out());
            }
        }
        return 0;
    }
}
