package dev.finetide.dataset.source;

import dev.finetide.blobs.BlobRef;
import java.util.List;

/// A file that is stored in parts, until a version is made of it.
///
/// @param sizeBytes size of the whole file; -1 if it is not known yet
/// @param sha256 SHA-256 (hex) of the whole file; empty if it is not known
/// @param parts parts in their order, without a gap
public record FileUpload(String project, String fileId, long sizeBytes, String sha256, List<BlobRef> parts) {
    public FileUpload {
        parts = List.copyOf(parts);
    }

    public long storedBytes() {
        return parts.stream().mapToLong(BlobRef::size).sum();
    }

    public boolean isComplete() {
        return storedBytes() == sizeBytes;
    }
}
