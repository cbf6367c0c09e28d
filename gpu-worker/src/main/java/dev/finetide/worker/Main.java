package dev.finetide.worker;

import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The program in the GPU pod. Exit codes follow sysexits.h: 0 done; 65 bad data or a diverged run; 66 missing input;
/// 69 the attempt is over; 70 a bug; 71 out of memory; 74 storage full; 75 try again; 78 bad configuration; 143 stopped
/// by SIGTERM after saving a checkpoint. Only after 75 can another attempt succeed without a change.
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
    /// The exit code of a process that SIGTERM has stopped.
    static final int STOPPED = 143;

    /// The loggers of libraries that would bury the worker's own lines. This list holds them because java.util.logging
    /// forgets loggers without a reference.
    private static final List<Logger> QUIET = List.of(Logger.getLogger("ai.djl"), Logger.getLogger("org.apache.kafka"));

    private Main() {}

    public static void main(String[] args) {
        // DJL must not download anything: every library is an artifact of the build.
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
