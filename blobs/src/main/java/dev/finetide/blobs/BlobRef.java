package dev.finetide.blobs;

import java.util.Objects;

/// Names one blob and what its bytes are: everything a reader needs to check them.
///
/// @param key where it is stored
/// @param size in bytes
/// @param sha256 64 lower-case hex digits
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

    /// The reference to content that was stored with [BlobStore#putContent].
    public static BlobRef ofContent(long size, String sha256) {
        return new BlobRef(BlobKeys.contentKey(sha256), size, sha256);
    }
}
