package dev.finetide.blobs;

/// The store does not answer, or answers that it cannot; the SDK's own retries are over.
public final class BlobUnreachableException extends BlobException {

    private static final long serialVersionUID = 1;

    BlobUnreachableException(String what, String why, Throwable cause) {
        super(what + " cannot be reached: " + why, cause);
    }
}
