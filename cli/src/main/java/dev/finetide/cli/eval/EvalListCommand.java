package dev.finetide.cli.eval;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Pages;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.Formats;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.ListEvaluationsRequest;
import dev.finetide.proto.evaluation.v1.ListEvaluationsResponse;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "Lists the evaluations, newest first.",
        footerHeading = "%nExamples:%n",
        footer = {"  finetide eval list", "  finetide eval list -o json | jq -r .name"})
final class EvalListCommand implements Callable<Integer> {
    private static final int SHOWN_CHARACTERS = 40;

    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Override
    public Integer call() {
        try (Services services = connection.open(output)) {
            output.list(
                    Pages.<Evaluation>all(token -> {
                        ListEvaluationsResponse page = services.evaluations()
                                .call(stub -> stub.listEvaluations(ListEvaluationsRequest.newBuilder()
                                        .setParent(connection.names().parent())
                                        .setPageSize(Pages.SIZE)
                                        .setPageToken(token)
                                        .build()));
                        return new Pages.Page<>(page.getEvaluationsList(), page.getNextPageToken());
                    }),
                    List.of("EVALUATION", "STATE", "DATASET", "BASE", "ARMS", "RUN", "CREATED"),
                    evaluation -> List.of(
                            Names.brief(evaluation.getName()),
                            EvaluationText.word(evaluation.getState().name()),
                            Names.brief(evaluation.getSpec().getDatasetVersion()),
                            Names.brief(evaluation.getSpec().getBase()),
                            arms(evaluation),
                            evaluation.hasTrainingRun()
                                    ? Names.brief(evaluation.getTrainingRun().getName())
                                    : "-",
                            Formats.time(evaluation.getCreateTime())));
        }
        return 0;
    }

    private static String arms(Evaluation evaluation) {
        String names = evaluation.getArmsList().stream()
                .map(EvaluationArm::getArm)
                .map(arm -> arm.getName())
                .collect(Collectors.joining(", "));
        return Formats.cut(names, SHOWN_CHARACTERS);
    }
}
