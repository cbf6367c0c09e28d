package dev.finetide.cli.eval;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.proto.evaluation.v1.CancelEvaluationRequest;
import dev.finetide.proto.evaluation.v1.Evaluation;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "cancel",
        mixinStandardHelpOptions = true,
        description = "Cancels an evaluation that has not ended.",
        footerHeading = "%nExamples:%n",
        footer = {"  finetide eval cancel EVALUATION"})
final class EvalCancelCommand implements Callable<Integer> {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", paramLabel = "EVALUATION|RUN", description = "Id of an evaluation, or of its run.")
    private String name;

    @Override
    public Integer call() {
        try (Services services = connection.open(output)) {
            CancelEvaluationRequest request = CancelEvaluationRequest.newBuilder()
                    .setName(new RunEvaluations(services)
                            .named(name, connection.names())
                            .getName())
                    .build();
            Evaluation evaluation = services.evaluations().call(stub -> stub.cancelEvaluation(request));
            if (output.isJson()) {
                output.json(evaluation);
            } else {
                output.line("evaluation " + Names.brief(evaluation.getName()) + " is "
                        + EvaluationText.word(evaluation.getState().name()));
            }
        }
        return 0;
    }
}
