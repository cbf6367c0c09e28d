package dev.finetide.cli.eval;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.ExitCode;
import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.Formats;
import dev.finetide.cli.output.Table;
import dev.finetide.cli.run.RunFollower;
import dev.finetide.cli.run.RunListener;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.work.v1.State;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "watch",
        mixinStandardHelpOptions = true,
        description = {
            "Prints every answer of an evaluation from the first on, also across restarts of the service.",
            "Waits for the run to end first.",
            "Exit code 0 if the evaluation succeeded, 1 if not."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  finetide eval watch RUN", "  finetide eval watch RUN -o json | jq -c 'select(.result).result'"})
final class EvalWatchCommand implements Callable<Integer> {
    private static final int SHOWN_CHARACTERS = 60;

    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", paramLabel = "RUN", description = "The run's id; its evaluation has the same.")
    private String name;

    @Override
    public Integer call() {
        try (Services services = connection.open(output)) {
            RunFollower follower = new RunFollower(services, new Answers());
            String evaluationName = connection.names().evaluation(name);
            TrainingRun run = follower.followRun(evaluationName.replace("/evaluations/", "/trainingRuns/"));
            if (run.getState() != State.SUCCEEDED) {
                throw CommandFailedException.failed("run " + Names.brief(run.getName()) + " is " + run.getState()
                        + ": only runs that succeeded are evaluated");
            }
            if (run.getConfig().getDryRun()) {
                throw CommandFailedException.failed("run " + Names.brief(run.getName())
                        + " was a dry run: it trained nothing that could be evaluated");
            }
            Evaluation evaluation = follower.followEvaluation(evaluationName);
            if (!output.isJson()) {
                EvaluationText.print(evaluation, output.out());
            }
            return (evaluation.getState() == State.SUCCEEDED ? ExitCode.DONE : ExitCode.FAILED).number();
        }
    }

    private final class Answers implements RunListener {
        @Override
        public void onEvaluation(EvaluationUpdate update) {
            if (output.isJson()) {
                output.json(update);
            } else if (update.hasResult()) {
                output.line(line(update.getResult()));
            }
        }
    }

    private static String line(ExampleResult result) {
        return String.format(
                Locale.ROOT,
                "%6d  %-5s  %s  %s  ->  %s",
                result.getRow(),
                result.getVariant().name().toLowerCase(Locale.ROOT),
                result.getExactMatch() ? "right" : "wrong",
                Formats.cut(Table.onOneLine(result.getExpected().strip()), SHOWN_CHARACTERS),
                Formats.cut(Table.onOneLine(result.getOutput().strip()), SHOWN_CHARACTERS));
    }
}
