package dev.finetide.blobs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A store of immutable blobs. Keys are `/`-separated paths of plain segments (see [BlobKeys]); a key once
/// written keeps its content for ever, and whoever holds a [BlobRef] can check every byte against it.
///
/// Implementations are safe for use by many threads and by many processes at once. A blob appears whole or not at
/// all, whenever the writer dies. Every method may throw [BlobException]s that name the key, and plain
/// [IOException]s of the medium below.
public interface BlobStore {

    /// Stores `content`, read to its end but not closed, under `key`. The same content again gives the same reference.
    ///
    /// @throws BlobConflictException if the key holds other content
    /// @throws BlobStoreFullException if there is no room; nothing is left behind
    /// @throws IllegalArgumentException if the key is not a plain key
    BlobRef put(String key, InputStream content) throws IOException;

    /// Stores `content`, read to its end but not closed, under a key made of its own digest:
    /// `sha256/<first two hex digits>/<64 hex digits>`.
    ///
    /// @throws BlobStoreFullException if there is no room; nothing is left behind
    BlobRef putContent(InputStream content) throws IOException;

    /// Opens a blob for one pass of reading. The stream throws [BlobCorruptException] before it delivers the last
    /// bytes if size or digest differ from `blob`, so a reader that got them all has read the right ones. A reader
    /// that stops earlier has checked nothing.
    ///
    /// @throws BlobNotFoundException if there is nothing under the key
    InputStream open(BlobRef blob) throws IOException;

    /// What is stored under `key` now, or nothing. The digest is that of the stored bytes, which a directory reads
    /// for it: use [#exists] where the digest does not matter.
    Optional<BlobRef> stat(String key) throws IOException;

    /// Whether something is stored under `key`; reads no content.
    boolean exists(String key) throws IOException;

    /// All blobs whose key starts with `prefix`, in the order of their keys.
    ///
    /// @param prefix a folder with its closing `/`, or the empty string for everything
    List<BlobEntry> list(String prefix) throws IOException;

    /// Deletes all blobs whose key starts with `prefix`: for what one attempt left behind, never for published blobs.
    /// Deleting nothing is fine.
    ///
    /// @param prefix a folder with its closing `/`, not empty
    void delete(String prefix) throws IOException;

    /// Copies a blob to a file, which appears only once every byte was checked; an existing file is replaced.
    default void download(BlobRef blob, Path file) throws IOException {
        try (InputStream in = open(blob)) {
            DurableFiles.writeAtomically(file, in);
        }
    }
}
