package dev.finetide.worker;

import dev.finetide.blobs.BlobStoreFullException;
import java.io.IOException;

/// Tells a full disk from every other storage failure. A retry cannot help before the operator has made room on a full
/// disk.
final class StorageFailures {
    private StorageFailures() {}

    /// Explains a storage failure.
    ///
    /// @param otherwise reason of any failure but a full disk
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
