package dev.finetide.blobs;

/// The store does not answer, or answers that it is unavailable, after all retries of the SDK.
public final class BlobUnreachableException extends BlobException {

    private static final long serialVersionUID = 1;

    BlobUnreachableException(String what, String why, Throwable cause) {
        super(what + " cannot be reached: " + why, cause);
    }
}
