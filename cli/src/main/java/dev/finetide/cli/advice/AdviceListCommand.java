package dev.finetide.cli.advice;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Pages;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.Formats;
import dev.finetide.proto.evaluation.v1.Advice;
import dev.finetide.proto.evaluation.v1.ListAdviceRequest;
import dev.finetide.proto.evaluation.v1.ListAdviceResponse;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "Lists advice, newest first.",
        footerHeading = "%nExamples:%n",
        footer = {"  finetide advice list", "  finetide advice list -o json | jq -r .report.recommendation.advice"})
final class AdviceListCommand implements Callable<Integer> {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Override
    public Integer call() {
        try (Services services = connection.open(output)) {
            output.list(
                    Pages.<Advice>all(token -> {
                        ListAdviceResponse page = services.advice()
                                .call(stub -> stub.listAdvice(ListAdviceRequest.newBuilder()
                                        .setParent(connection.names().parent())
                                        .setPageSize(Pages.SIZE)
                                        .setPageToken(token)
                                        .build()));
                        return new Pages.Page<>(page.getAdviceList(), page.getNextPageToken());
                    }),
                    List.of("ADVICE", "STATE", "DATASET", "BASE", "RECOMMENDED", "CREATED"),
                    advice -> List.of(
                            Names.brief(advice.getName()),
                            AdvicePage.word(advice.getState().name()),
                            Names.brief(advice.getSpec().getDatasetVersion()),
                            Names.brief(advice.getSpec().getBase()),
                            Formats.orDash(
                                    advice.getReport().getRecommendation().getArm()),
                            Formats.time(advice.getCreateTime())));
        }
        return 0;
    }
}
