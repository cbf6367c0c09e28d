package dev.finetide.blobs;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;

/// Opens the store that a URI names. Every program gets the location of its blobs as such a URI.
public final class BlobStores {

    private BlobStores() {}

    /// Opens `file:///some/directory`, which is created if it is missing, or
    /// `s3://bucket/prefix?endpoint=https://host:port&region=name&path-style=true`. Every parameter may be absent:
    /// endpoint and region then come from `AWS_ENDPOINT_URL_S3` and `AWS_REGION`, or are AWS's own. Credentials
    /// come from the AWS SDK's usual chain, never from the URI. An S3 server is not contacted before the first use.
    ///
    /// @throws IllegalArgumentException if the URI names no store that this build knows
    public static BlobStore open(URI uri) throws IOException {
        if ("s3".equals(uri.getScheme())) {
            return S3BlobStore.open(S3Location.parse(uri), Optional.empty());
        }
        if (!"file".equals(uri.getScheme()) || uri.getAuthority() != null || uri.getPath() == null) {
            throw new IllegalArgumentException(
                    "blob store " + uri + ": expected file:///some/directory or s3://bucket/prefix");
        }
        return DirectoryBlobStore.open(Path.of(uri));
    }

    /// Opens the bucket that a URI names with credentials that somebody lends.
    ///
    /// @param first   session to begin with
    /// @param sessions asked for the next session when a third of the time of one is left
    public static BlobStore open(URI uri, BlobSession first, BlobSession.Source sessions) {
        return S3BlobStore.open(
                S3Location.parse(uri), Optional.of(new LentCredentials(first, sessions, Clock.systemUTC())));
    }
}
