package dev.finetide.cli.eval;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.eval.page.PageFile;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.Table;
import dev.finetide.proto.evaluation.v1.Evaluation;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        mixinStandardHelpOptions = true,
        description = {
            "Shows an evaluation: the arms' scores and costs, how each was asked, how they compare, and what to do.",
            "Named by its id or by that of its run."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide eval show EVALUATION",
            "  finetide eval show RUN --price-per-hour 2.50",
            "  finetide eval show EVALUATION --html evaluation.html",
            "  finetide eval show EVALUATION --row 12",
            "  finetide eval show RUN -o json | jq '.report.arms[] | {arm, score: .scores.exact_match.value}'"
        })
final class EvalShowCommand implements Callable<Integer> {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", paramLabel = "EVALUATION|RUN", description = "Id of an evaluation, or of its run.")
    private String name;

    @Option(
            names = "--price-per-hour",
            paramLabel = "MONEY",
            description = "Price of the machine for an hour: shows what 1,000 requests and each training cost.")
    private double pricePerHour;

    @Option(names = "--slices", description = "Also shows how the arms do on every slice of the rows.")
    private boolean slices;

    @Option(
            names = "--slice",
            paramLabel = "FIELD",
            description = "Also shows how the arms do on the slices by one field: a tag, label, input length,"
                    + " train similarity or leaked.")
    private String slice;

    @Option(
            names = "--row",
            paramLabel = "N",
            description = "Shows one row under every arm instead: the prompt as it was sent, the answer, the scores."
                    + " Rows are counted from 1, as in eval compare.")
    private Long row;

    @Mixin
    private PageFile page;

    @Override
    public Integer call() throws IOException {
        try (Services services = connection.open(output)) {
            Evaluation evaluation = new RunEvaluations(services).named(name, connection.names());
            if (row != null) {
                new RowText(evaluation, row).print(services, output);
            } else if (output.isJson()) {
                output.json(evaluation);
            } else {
                SliceText all = new SliceText(evaluation.getReport());
                Optional<SliceText> shown = slice != null
                        ? Optional.of(all.of(slice))
                        : Optional.of(all).filter(_ -> slices);
                EvaluationText.print(evaluation, pricePerHour, output.out());
                shown.ifPresent(this::printSlices);
            }
            if (row == null && !output.isJson()) {
                PaidText.of(services, evaluation).ifPresent(output::line);
            }
            if (page.isAsked()) {
                page.write(services, evaluation, List.of(), pricePerHour, output);
            }
        }
        return 0;
    }

    private void printSlices(SliceText shown) {
        Table table = new Table();
        shown.table().forEach(cells -> table.row(cells.toArray()));
        output.out().println();
        table.print(output.out());
    }
}
