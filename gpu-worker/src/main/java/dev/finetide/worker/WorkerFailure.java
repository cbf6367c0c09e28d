package dev.finetide.worker;

import dev.finetide.proto.training.v1.RunError;

/// Reports why a worker cannot go on, with the reason and the message that the run will show. The exit code
/// (sysexits.h) says whether another attempt can help. Messages never carry row text.
final class WorkerFailure extends RuntimeException {
    /// The kinds of failure, each with its exit code.
    enum Reason {
        INVALID_DATA(65),
        /// The loss is NaN or infinite; the same data and settings would lead to the same result.
        DIVERGED(65),
        MISSING_INPUT(66),
        /// Another attempt was launched, or the run is over: this process may not write any more.
        STALE_ATTEMPT(69),
        STORAGE_FULL(74),
        UNREACHABLE(75),
        BAD_CONFIGURATION(78),
        OUT_OF_MEMORY(71),
        WORKER_FAILED(70);

        final int exitCode;

        Reason(int exitCode) {
            this.exitCode = exitCode;
        }
    }

    private final Reason reason;

    WorkerFailure(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    WorkerFailure(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    Reason reason() {
        return reason;
    }

    int exitCode() {
        return reason.exitCode;
    }

    boolean retryable() {
        return reason == Reason.UNREACHABLE;
    }

    RunError toProto() {
        return RunError.newBuilder()
                .setReason(reason.name())
                .setMessage(getMessage())
                .build();
    }
}
