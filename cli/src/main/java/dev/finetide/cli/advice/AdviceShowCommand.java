package dev.finetide.cli.advice;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.eval.page.PageFile;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.proto.evaluation.v1.Advice;
import dev.finetide.proto.evaluation.v1.AdviceRun;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.GetAdviceRequest;
import dev.finetide.proto.evaluation.v1.GetEvaluationRequest;
import java.io.IOException;
import java.util.List;
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
        footer = {
            "  finetide advice show ADVICE",
            "  finetide advice show ADVICE --html advice.html",
            "  finetide advice show ADVICE -o json | jq .report.recommendation"
        })
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

    @Mixin
    private PageFile page;

    @Override
    public Integer call() throws IOException {
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
            if (page.isAsked()) {
                writePage(services, advice);
            }
        }
        return 0;
    }

    private void writePage(Services services, Advice advice) throws IOException {
        if (advice.getEvaluation().isEmpty()) {
            throw CommandFailedException.refused("advice " + name + " is " + AdvicePage.state(advice)
                    + ": its page can be written when it has ended");
        }
        Evaluation evaluation = services.evaluations()
                .call(stub -> stub.getEvaluation(GetEvaluationRequest.newBuilder()
                        .setName(advice.getEvaluation())
                        .build()));
        List<String> runs = advice.getRunsList().stream()
                .map(AdviceRun::getTrainingRun)
                .filter(run -> !run.isEmpty())
                .toList();
        // The advice knows more than its evaluation: its recommendation weighs the trainings that were left out.
        Evaluation advised = advice.hasReport()
                ? evaluation.toBuilder().setReport(advice.getReport()).build()
                : evaluation;
        page.write(services, advised, runs, pricePerHour, output);
    }
}
