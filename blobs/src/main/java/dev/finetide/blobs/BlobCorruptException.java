package dev.finetide.blobs;

/// The stored bytes are not the bytes that the reference names.
public final class BlobCorruptException extends BlobException {

    private static final long serialVersionUID = 1;

    private final String expected;
    private final String found;

    private BlobCorruptException(BlobRef blob, String expected, String found) {
        super("blob " + blob.key() + " is corrupt: expected " + expected + ", found " + found);
        this.expected = expected;
        this.found = found;
    }

    static BlobCorruptException size(BlobRef expected, String actual) {
        return new BlobCorruptException(expected, expected.size() + " bytes", actual);
    }

    static BlobCorruptException digest(BlobRef expected, String actual) {
        return new BlobCorruptException(expected, "sha256 " + expected.sha256(), actual);
    }

    /// Returns the expected size or digest.
    public String expected() {
        return expected;
    }

    /// Returns the size or digest of the bytes.
    public String found() {
        return found;
    }
}
