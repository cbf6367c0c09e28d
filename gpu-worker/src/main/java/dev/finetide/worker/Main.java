package dev.finetide.worker;

import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The program in the GPU pod. Exit codes: 0 done; sysexits 64 to 78 for what another attempt
/// cannot cure (65 data or a diverged run, 66 missing input, 69 the attempt is over, 70 a bug, 71
/// memory, 74 storage full, 78 configuration); 75 try again; 143 after SIGTERM with a checkpoint
/// saved.
@Command(
        name = "gpu-worker",
        description = "Trains, evaluates or generates with one model, as its spec says.",
        mixinStandardHelpOptions = true,
        subcommands = {
            TrainCommand.class,
            EvaluateCommand.class,
            GenerateCommand.class,
            MergeCommand.class,
            BenchCommand.class,
            VerifyCommand.class
        })
public final class Main {
    /// SIGTERM's exit code.
    static final int STOPPED = 143;

    /// Libraries whose chatter would bury the worker's own lines; java.util.logging forgets loggers that
    /// nobody holds.
    private static final List<Logger> QUIET = List.of(Logger.getLogger("ai.djl"), Logger.getLogger("org.apache.kafka"));

    private Main() {}

    public static void main(String[] args) {
        // Nothing is ever fetched: every library is an artifact of the build.
        System.setProperty("ai.djl.offline", "true");
        QUIET.forEach(logger -> logger.setLevel(Level.WARNING));
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setExitCodeExceptionMapper(failure -> failure instanceof WorkerFailure worker
                        ? worker.exitCode()
                        : WorkerFailure.Reason.WORKER_FAILED.exitCode)
                .setExecutionExceptionHandler((failure, line, parsed) -> {
                    if (failure instanceof WorkerFailure worker) {
                        System.err.println("gpu-worker: " + worker.reason() + ": " + worker.getMessage());
                        return worker.exitCode();
                    }
                    failure.printStackTrace();
                    return WorkerFailure.Reason.WORKER_FAILED.exitCode;
                });
    }
}
