package dev.finetide.blobs;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;

/// Opens the store that a URI names, which is how every program is told where its blobs are.
public final class BlobStores {

    private BlobStores() {}

    /// Opens `file:///some/directory`; the directory is made if it is missing.
    ///
    /// @throws IllegalArgumentException if the URI names no store this build knows
    public static BlobStore open(URI uri) throws IOException {
        if (!"file".equals(uri.getScheme()) || uri.getAuthority() != null || uri.getPath() == null) {
            throw new IllegalArgumentException("blob store " + uri + ": expected file:///some/directory");
        }
        return DirectoryBlobStore.open(Path.of(uri));
    }
}
