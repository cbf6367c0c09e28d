package dev.finetide.blobs;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;

/// Opens the store that a URI names, which is how every program is told where its blobs are.
public final class BlobStores {

    private BlobStores() {}

    /// Opens `file:///some/directory`, which is made if it is missing, or
    /// `s3://bucket/prefix?endpoint=https://host:port&region=name&path-style=true`. Every parameter may be absent:
    /// endpoint and region are then AWS's own, or what `AWS_ENDPOINT_URL_S3` and `AWS_REGION` say. Credentials come
    /// from the AWS SDK's usual chain, never from the URI. An S3 server is asked nothing before the first use.
    ///
    /// @throws IllegalArgumentException if the URI names no store this build knows
    public static BlobStore open(URI uri) throws IOException {
        if ("s3".equals(uri.getScheme())) {
            return S3BlobStore.open(S3Location.parse(uri));
        }
        if (!"file".equals(uri.getScheme()) || uri.getAuthority() != null || uri.getPath() == null) {
            throw new IllegalArgumentException(
                    "blob store " + uri + ": expected file:///some/directory or s3://bucket/prefix");
        }
        return DirectoryBlobStore.open(Path.of(uri));
    }
}
