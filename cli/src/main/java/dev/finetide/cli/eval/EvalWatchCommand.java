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
import dev.finetide.proto.evaluation.v1.GetEvaluationRequest;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.work.v1.State;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
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
            "Named by a run, waits for the run to end first.",
            "Exit code 0 if the evaluation succeeded, 1 if not."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide eval watch EVALUATION",
            "  finetide eval watch RUN -o json | jq -c 'select(.result).result'"
        })
final class EvalWatchCommand implements Callable<Integer> {
    private static final int SHOWN_CHARACTERS = 60;

    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", paramLabel = "EVALUATION|RUN", description = "Id of an evaluation, or of its run.")
    private String name;

    @Override
    public Integer call() {
        try (Services services = connection.open(output)) {
            RunFollower follower = new RunFollower(services, new Answers());
            Evaluation evaluation = follower.followEvaluation(nameOf(services, follower));
            if (!output.isJson()) {
                EvaluationText.print(evaluation, 0, output.out());
            }
            return (evaluation.getState() == State.SUCCEEDED ? ExitCode.DONE : ExitCode.FAILED).number();
        }
    }

    /// Returns the name of the evaluation. If the argument is a run, waits until the run has ended and its evaluation
    /// exists.
    private String nameOf(Services services, RunFollower follower) {
        Names names = connection.names();
        if (!name.contains("/trainingRuns/")) {
            try {
                return services.evaluations()
                        .callPatiently(stub -> stub.getEvaluation(GetEvaluationRequest.newBuilder()
                                .setName(names.evaluation(name))
                                .build()))
                        .getName();
            } catch (StatusRuntimeException answer) {
                if (answer.getStatus().getCode() != Status.Code.NOT_FOUND || name.startsWith("projects/")) {
                    throw answer;
                }
            }
        }
        TrainingRun run = follower.followRun(names.run(name));
        if (run.getState() != State.SUCCEEDED) {
            throw CommandFailedException.failed("run " + Names.brief(run.getName()) + " is " + run.getState()
                    + ": only runs that succeeded are evaluated");
        }
        if (run.getConfig().getDryRun()) {
            throw CommandFailedException.failed(
                    "run " + Names.brief(run.getName()) + " was a dry run: it trained nothing that could be evaluated");
        }
        return follower.awaitEvaluationOf(run.getName()).getName();
    }

    private final class Answers implements RunListener {
        private Evaluation latest = Evaluation.getDefaultInstance();

        @Override
        public void onEvaluation(EvaluationUpdate update) {
            if (update.hasEvaluation()) {
                latest = update.getEvaluation();
            }
            if (output.isJson()) {
                output.json(update);
            } else if (update.hasResult()) {
                output.line(line(update.getResult(), latest));
            } else if (update.hasJudgeReply()) {
                output.line(String.format(
                        Locale.ROOT,
                        "%6d  %s",
                        update.getJudgeReply().getRow(),
                        JudgeText.line(update.getJudgeReply())));
            }
        }
    }

    private static String line(ExampleResult result, Evaluation evaluation) {
        int width = evaluation.getArmsList().stream()
                .mapToInt(arm -> arm.getArm().getName().length())
                .max()
                .orElse(1);
        String metric = evaluation.getRows().getMetricsCount() == 0
                ? "exact_match"
                : evaluation.getRows().getMetrics(0).getName();
        return String.format(
                Locale.ROOT,
                "%6d  %-" + width + "s  %s  %s  ->  %s",
                result.getRow(),
                result.getArm(),
                result.getProbe().isEmpty() ? ScoreWord.of(result, metric) : result.getProbe(),
                Formats.cut(Table.onOneLine(result.getExpected().strip()), SHOWN_CHARACTERS),
                Formats.cut(Table.onOneLine(result.getOutput().strip()), SHOWN_CHARACTERS));
    }
}
