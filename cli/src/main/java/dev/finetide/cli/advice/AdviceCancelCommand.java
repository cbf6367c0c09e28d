package dev.finetide.cli.advice;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.proto.evaluation.v1.Advice;
import dev.finetide.proto.evaluation.v1.CancelAdviceRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "cancel",
        mixinStandardHelpOptions = true,
        description = "Cancels advice that has not ended, with the runs and evaluations that it has created.",
        footerHeading = "%nExamples:%n",
        footer = {"  finetide advice cancel ADVICE"})
final class AdviceCancelCommand implements Callable<Integer> {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", paramLabel = "ADVICE", description = "Its id.")
    private String name;

    @Override
    public Integer call() {
        try (Services services = connection.open(output)) {
            CancelAdviceRequest request = CancelAdviceRequest.newBuilder()
                    .setName(connection.names().advice(name))
                    .build();
            Advice advice = services.advice().call(stub -> stub.cancelAdvice(request));
            if (output.isJson()) {
                output.json(advice);
            } else {
                output.line("advice " + Names.brief(advice.getName()) + " is "
                        + AdvicePage.word(advice.getState().name()));
            }
        }
        return 0;
    }
}
