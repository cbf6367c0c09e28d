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
        description = "Trains, evaluates, reports or generates, as its spec says.",
        mixinStandardHelpOptions = true,
        subcommands = {
            TrainCommand.class,
            EvaluateCommand.class,
            ReportCommand.class,
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

    /// The logger of the search library, which warns that Java's vectors could make it faster.
    private static final Logger SEARCH = Logger.getLogger("org.apache.lucene");

    private Main() {}

    public static void main(String[] args) {
        // DJL must not download anything: every library is an artifact of the build.
        System.setProperty("ai.djl.offline", "true");
        QUIET.forEach(logger -> logger.setLevel(Level.WARNING));
        SEARCH.setLevel(Level.SEVERE);
        System.exit(run(args));
    }

    /// Runs a command, unless Java could not decode it: U+FFFD would stand in place of what the user wrote.
    static int run(String... args) {
        for (int i = 0; i < args.length; i++) {
            if (args[i].indexOf('\ufffd') >= 0) {
                System.err.println("gpu-worker: BAD_CONFIGURATION: argument " + (i + 1)
                        + " is not UTF-8 text, or Java could not decode it ("
                        + System.getProperty("sun.jnu.encoding")
                        + "): write it in UTF-8, in a locale such as LC_ALL=C.UTF-8");
                return WorkerFailure.Reason.BAD_CONFIGURATION.exitCode;
            }
        }
        return commandLine().execute(args);
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
