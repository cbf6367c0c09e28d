package dev.finetide.blobs;

/// There is no room for the blob. The store is unchanged, and works again when there is space.
public final class BlobStoreFullException extends BlobException {

    private static final long serialVersionUID = 1;

    BlobStoreFullException(String what, String where, Throwable cause) {
        super("no space left for " + what + " in " + where, cause);
    }
}
