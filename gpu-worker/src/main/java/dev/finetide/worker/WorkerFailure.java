package dev.finetide.worker;

import dev.finetide.proto.work.v1.WorkError;
import dev.finetide.proto.work.v1.WorkReason;

/// Reports why a worker cannot go on, with the reason and the message that the run will show. The exit code
/// (sysexits.h) says whether another attempt can help. Messages never carry row text.
final class WorkerFailure extends RuntimeException {
    /// The kinds of failure, each with its exit code.
    enum Reason {
        INVALID_DATA(WorkReason.INVALID_DATA, 65),
        /// The loss is NaN or infinite; the same data and settings would lead to the same result.
        DIVERGED(WorkReason.DIVERGED, 65),
        MISSING_INPUT(WorkReason.MISSING_INPUT, 66),
        /// Another attempt was launched, or the run is over: this process may not write any more.
        STALE_ATTEMPT(WorkReason.WORKER_LOST, 69),
        STORAGE_FULL(WorkReason.STORAGE_FULL, 74),
        UNREACHABLE(WorkReason.UNREACHABLE, 75),
        BAD_CONFIGURATION(WorkReason.BAD_CONFIGURATION, 78),
        OUT_OF_MEMORY(WorkReason.OUT_OF_MEMORY, 71),
        WORKER_FAILED(WorkReason.WORKER_FAILED, 70);

        final WorkReason shown;
        final int exitCode;

        Reason(WorkReason shown, int exitCode) {
            this.shown = shown;
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

    WorkError toProto() {
        return WorkError.newBuilder()
                .setReason(reason.shown)
                .setMessage(getMessage())
                .build();
    }
}
