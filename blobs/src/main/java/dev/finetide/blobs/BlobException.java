package dev.finetide.blobs;

import java.io.IOException;

/// A failure that concerns a blob or its store, and not only the medium below.
public sealed class BlobException extends IOException
        permits BlobConflictException,
                BlobCorruptException,
                BlobDeniedException,
                BlobNotFoundException,
                BlobStoreFullException,
                BlobUnreachableException,
                SourceChangedException {

    private static final long serialVersionUID = 1;

    BlobException(String message) {
        super(message);
    }

    BlobException(String message, Throwable cause) {
        super(message, cause);
    }
}
