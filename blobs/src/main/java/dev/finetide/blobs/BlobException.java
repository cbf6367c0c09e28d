package dev.finetide.blobs;

import java.io.IOException;

/// What can be wrong with a blob, beyond what can be wrong with the medium it lies on.
public sealed class BlobException extends IOException
        permits BlobConflictException,
                BlobCorruptException,
                BlobDeniedException,
                BlobNotFoundException,
                BlobStoreFullException,
                BlobUnreachableException {

    private static final long serialVersionUID = 1;

    BlobException(String message) {
        super(message);
    }

    BlobException(String message, Throwable cause) {
        super(message, cause);
    }
}
