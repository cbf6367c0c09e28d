package dev.finetide.cli.advice;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.proto.evaluation.v1.Advice;
import dev.finetide.proto.evaluation.v1.GetAdviceRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        mixinStandardHelpOptions = true,
        description = "Shows advice: the arms, what to do, why, and what would change the answer.",
        footerHeading = "%nExamples:%n",
        footer = {"  finetide advice show ADVICE", "  finetide advice show ADVICE -o json | jq .report.recommendation"})
final class AdviceShowCommand implements Callable<Integer> {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", paramLabel = "ADVICE", description = "Its id.")
    private String name;

    @Option(
            names = "--price-per-hour",
            paramLabel = "MONEY",
            description = "Price of the machine for an hour: shows what 1,000 requests and each training cost.")
    private double pricePerHour;

    @Override
    public Integer call() {
        try (Services services = connection.open(output)) {
            GetAdviceRequest request = GetAdviceRequest.newBuilder()
                    .setName(connection.names().advice(name))
                    .build();
            Advice advice = services.advice().call(stub -> stub.getAdvice(request));
            if (output.isJson()) {
                output.json(advice);
            } else {
                AdvicePage.print(advice, pricePerHour, output.out());
            }
        }
        return 0;
    }
}
