package dev.finetide.blobs;

/// The store denies access with these credentials, or without credentials. Another attempt with the same credentials
/// is denied, too.
public final class BlobDeniedException extends BlobException {

    private static final long serialVersionUID = 1;

    BlobDeniedException(String what, String why, Throwable cause) {
        super("access denied to " + what + ": " + why, cause);
    }
}
