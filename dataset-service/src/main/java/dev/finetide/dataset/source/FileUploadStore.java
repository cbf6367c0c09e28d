package dev.finetide.dataset.source;

import dev.finetide.blobs.BlobRef;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Stores which files are staged, and of which parts.
public interface FileUploadStore {
    /// Runs `work` in one transaction.
    <T> T transact(Supplier<T> work);

    Optional<FileUpload> find(String project, String fileId);

    /// Notes a file whose parts are about to be stored; a file that is noted stays as it is.
    void begin(FileUpload upload, Instant now);

    /// Adds a part.
    ///
    /// @param offset number of bytes before the part
    /// @return false if the file is gone, or has another part at that offset
    boolean addPart(String project, String fileId, long offset, BlobRef part, Instant now);

    /// Notes size and digest of a file that had none.
    void complete(String project, String fileId, long sizeBytes, String sha256);

    /// Notes that a file is in use.
    void alive(String project, String fileId, Instant now);

    /// Forgets a file; no error if there is none.
    void remove(String project, String fileId);

    /// Returns files that no call has named since `before`, at most 100.
    List<FileUpload> abandoned(Instant before);
}
