package dev.finetide.blobs;

/// Nothing is stored under the key.
public final class BlobNotFoundException extends BlobException {

    private static final long serialVersionUID = 1;

    BlobNotFoundException(String key) {
        super("blob " + key + " does not exist");
    }
}
