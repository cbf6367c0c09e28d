package dev.finetide.dataset.lineage;

import dev.finetide.proto.dataset.v1.DatasetVersion;
import java.util.Optional;

/// Finds the prefix under which all blobs of a version lie, and nothing else.
public final class BlobPrefix {
    private BlobPrefix() {}

    /// Returns the prefix with its closing `/`; empty for a version without blobs.
    public static Optional<String> of(DatasetVersion version) {
        String manifest = version.getManifest().getBlobKey();
        return manifest.isEmpty()
                ? Optional.empty()
                : Optional.of(manifest.substring(0, manifest.lastIndexOf('/') + 1));
    }
}
