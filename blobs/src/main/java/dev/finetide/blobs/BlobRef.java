package dev.finetide.blobs;

import java.util.Objects;

/// Names a blob, with the size and digest that a reader needs to check its bytes.
///
/// @param key key of the blob in its store
/// @param size size in bytes
/// @param sha256 SHA-256 in 64 lower-case hex digits
public record BlobRef(String key, long size, String sha256) {

    public BlobRef {
        BlobKeys.requireKey(key);
        Objects.requireNonNull(sha256, "sha256");
        if (size < 0) {
            throw new IllegalArgumentException("blob " + key + ": negative size " + size);
        }
        if (!sha256.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException("blob " + key + ": not 64 lower-case hex digits of SHA-256");
        }
    }

    /// Returns the reference to content that was stored with [BlobStore#putContent].
    public static BlobRef ofContent(long size, String sha256) {
        return new BlobRef(BlobKeys.contentKey(sha256), size, sha256);
    }
}
