package dev.finetide.blobs;

/// The stored bytes are not the bytes that the reference names.
public final class BlobCorruptException extends BlobException {

    private static final long serialVersionUID = 1;

    private BlobCorruptException(String message) {
        super(message);
    }

    static BlobCorruptException size(BlobRef expected, String actual) {
        return new BlobCorruptException(
                "blob " + expected.key() + " is corrupt: expected " + expected.size() + " bytes, found " + actual);
    }

    static BlobCorruptException digest(BlobRef expected, String actual) {
        return new BlobCorruptException(
                "blob " + expected.key() + " is corrupt: expected sha256 " + expected.sha256() + ", found " + actual);
    }
}
