package dev.finetide.cli.eval;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.GetEvaluationRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        mixinStandardHelpOptions = true,
        description = "Shows the evaluation of a run.",
        footerHeading = "%nExamples:%n",
        footer = {"  finetide eval show RUN", "  finetide eval show RUN -o json | jq .report.tuned.exactMatch"})
final class EvalShowCommand implements Callable<Integer> {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", paramLabel = "RUN", description = "The run's id; its evaluation has the same.")
    private String name;

    @Override
    public Integer call() {
        try (Services services = connection.open(output)) {
            GetEvaluationRequest request = GetEvaluationRequest.newBuilder()
                    .setName(connection.names().evaluation(name))
                    .build();
            Evaluation evaluation = services.evaluations().call(stub -> stub.getEvaluation(request));
            if (output.isJson()) {
                output.json(evaluation);
            } else {
                EvaluationText.print(evaluation, output.out());
            }
        }
        return 0;
    }
}
