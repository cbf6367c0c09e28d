package dev.finetide.blobs;

import java.io.IOException;
import java.time.Instant;
import java.util.Objects;

/// Credentials of an S3 store that end by themselves.
///
/// @param expires time from which the server refuses them
public record BlobSession(String accessKeyId, String secretAccessKey, String sessionToken, Instant expires) {
    public BlobSession {
        Objects.requireNonNull(accessKeyId, "accessKeyId");
        Objects.requireNonNull(secretAccessKey, "secretAccessKey");
        Objects.requireNonNull(sessionToken, "sessionToken");
        Objects.requireNonNull(expires, "expires");
    }

    /// Returns a text without the secrets.
    @Override
    public String toString() {
        return "session " + accessKeyId + " until " + expires;
    }

    /// Makes sessions, one after the other.
    @FunctionalInterface
    public interface Source {
        /// Returns a session that has just begun.
        ///
        /// @throws IOException if none can be had now
        BlobSession next() throws IOException;
    }
}
