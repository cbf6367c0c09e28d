package dev.finetide.kit.attempt;

import dev.finetide.kit.launch.WorkerLauncher.ExitCause;
import dev.finetide.proto.work.v1.WorkError;
import dev.finetide.proto.work.v1.WorkReason;

/// Gives the meaning of a worker's end that no report explains. Codes 64 to 78 are those of sysexits.h; of these only
/// 75 is worth another attempt.
final class ExitMeaning {
    /// Exit code of a process that SIGTERM has ended: the machine's operator took it away before it could report.
    private static final int STOPPED = 143;

    private ExitMeaning() {}

    /// @param claimed whether a worker of the attempt has claimed it
    static WorkerVerdict of(Workers.Exit exit, boolean claimed) {
        if (exit.cause().isPresent()) {
            return of(exit.cause().get());
        }
        if (exit.code().isPresent()) {
            return of(exit.code().getAsInt());
        }
        // A worker that ends before its claim, while its service is down, was most likely stopped together with it.
        return new WorkerVerdict.Lost(
                error(WorkReason.WORKER_LOST, "the worker ended while nobody saw its exit code"), claimed);
    }

    private static WorkerVerdict of(ExitCause cause) {
        WorkError error = error(cause.reason(), cause.message());
        return switch (cause.remedy()) {
            case RETRY -> new WorkerVerdict.Lost(error, true);
            case RETRY_UNCOUNTED -> new WorkerVerdict.Lost(error, false);
            case NONE -> new WorkerVerdict.Fatal(error);
        };
    }

    private static WorkerVerdict of(int code) {
        return switch (code) {
            case 65 -> new WorkerVerdict.Fatal(error(WorkReason.INVALID_DATA, ended(code)));
            case 66 -> new WorkerVerdict.Fatal(error(WorkReason.MISSING_INPUT, ended(code)));
            case 78 -> new WorkerVerdict.Fatal(error(WorkReason.BAD_CONFIGURATION, ended(code)));
            case 75 ->
                new WorkerVerdict.Lost(
                        error(WorkReason.WORKER_LOST, "the worker asked for another attempt (exit code 75)"), true);
            case STOPPED ->
                new WorkerVerdict.Lost(
                        error(WorkReason.WORKER_LOST, "the worker was asked to stop (exit code 143)"), false);
            default ->
                code >= 64 && code < 78
                        ? new WorkerVerdict.Fatal(error(WorkReason.WORKER_FAILED, ended(code)))
                        : new WorkerVerdict.Lost(error(WorkReason.WORKER_LOST, ended(code)), true);
        };
    }

    static WorkError error(WorkReason reason, String message) {
        return WorkError.newBuilder().setReason(reason).setMessage(message).build();
    }

    private static String ended(int code) {
        return code > 128
                ? "the worker was ended by signal %d (exit code %d)".formatted(code - 128, code)
                : "the worker ended with exit code %d without a report, its log says more".formatted(code);
    }
}
