package dev.finetide.blobs;

/// Reports that an object was replaced or deleted while it was read.
public final class SourceChangedException extends BlobException {
    private static final long serialVersionUID = 1;

    SourceChangedException(String what, long position) {
        super(what + " changed while it was read, after " + position + " bytes");
    }
}
