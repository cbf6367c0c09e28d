package dev.finetide.worker;

import dev.finetide.proto.training.v1.RunError;

/// Why a worker cannot go on: the word and the sentence that the run will show, and the exit code
/// (sysexits.h) that says whether another attempt can help. Messages never carry row text.
final class WorkerFailure extends RuntimeException {
    /// One kind of failure.
    enum Reason {
        INVALID_DATA(65),
        /// The loss is no number any more: the same data and settings lead there again.
        DIVERGED(65),
        MISSING_INPUT(66),
        /// Another attempt was launched, or the run is over: this process has nothing to write any more.
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
