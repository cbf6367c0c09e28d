package dev.finetide.blobs;

/// The store knows who asks, or that nobody does, and says no. Another attempt with the same credentials is refused
/// too.
public final class BlobDeniedException extends BlobException {

    private static final long serialVersionUID = 1;

    BlobDeniedException(String what, String why, Throwable cause) {
        super("access denied to " + what + ": " + why, cause);
    }
}
