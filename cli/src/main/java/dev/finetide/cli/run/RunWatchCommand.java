package dev.finetide.cli.run;

import dev.finetide.cli.ExitCode;
import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.work.v1.State;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "watch",
        mixinStandardHelpOptions = true,
        description = {
            "Follows a run from its beginning to its end, also across restarts of the service.",
            "Exit code 0 if the run succeeded, 1 if not. -o json prints every update."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide run watch RUN",
            "  finetide run watch RUN -o json | jq -r 'select(.progress) | [.progress.step, .progress.loss] | @tsv'"
        })
final class RunWatchCommand implements Callable<Integer> {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", paramLabel = "RUN", description = "The run's id or name.")
    private String name;

    @Override
    public Integer call() {
        try (Services services = connection.open(output);
                RunListener listener = output.isJson() ? new JsonLines() : new RunDisplay(output.err())) {
            TrainingRun run = new RunFollower(services, listener)
                    .followRun(connection.names().run(name));
            if (!output.isJson()) {
                RunText.print(run, output.out());
            }
            return (run.getState() == State.SUCCEEDED ? ExitCode.DONE : ExitCode.FAILED).number();
        }
    }

    private final class JsonLines implements RunListener {
        @Override
        public void onRun(TrainingRunUpdate update) {
            output.json(update);
        }
    }
}
