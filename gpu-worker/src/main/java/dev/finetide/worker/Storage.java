package dev.finetide.worker;

import dev.finetide.blobs.BlobStoreFullException;
import java.io.IOException;

/// Tells a full disk from every other failure of a medium: a full disk is the operator's affair, and no retry
/// helps before it has been seen to.
final class Storage {
    private Storage() {}

    /// @param otherwise the reason when it is not a full disk
    static WorkerFailure failure(WorkerFailure.Reason otherwise, String what, IOException cause) {
        return isFull(cause)
                ? new WorkerFailure(
                        WorkerFailure.Reason.STORAGE_FULL, what + ": no space left: " + cause.getMessage(), cause)
                : new WorkerFailure(otherwise, what + ": " + cause.getMessage(), cause);
    }

    static boolean isFull(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof BlobStoreFullException
                    || cause.getMessage() != null && cause.getMessage().contains("No space left on device")) {
                return true;
            }
        }
        return false;
    }
}
