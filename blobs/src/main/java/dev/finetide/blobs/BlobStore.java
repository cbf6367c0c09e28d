package dev.finetide.blobs;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A store of immutable blobs. Keys are `/`-separated paths of plain segments (see [BlobKeys]). A written key keeps
/// its content for ever, and the holder of a [BlobRef] can check every byte against it.
///
/// Implementations are safe for use by many threads and by many processes at once. A blob appears only when it is
/// complete, even if its writer dies. Every method may throw [BlobException]s that name the key, and plain
/// [IOException]s of the medium below.
public interface BlobStore {

    /// Stores `content`, read to its end but not closed, under `key`. The same content again gives the same
    /// reference.
    ///
    /// @throws BlobConflictException if the key holds other content
    /// @throws BlobStoreFullException if there is no room; nothing is left behind
    /// @throws IllegalArgumentException if the key is not a plain key
    BlobRef put(String key, InputStream content) throws IOException;

    /// Stores `content`, read to its end but not closed, under a key made of its own digest:
    /// `sha256/<first two hex digits>/<64 hex digits>`. An existing blob is replaced, because a bad
    /// disk may have changed it, and counts as new in [#list].
    ///
    /// @param announced reference to the content, as [BlobRef#ofContent] makes it
    /// @throws BlobCorruptException if the bytes are not those announced; nothing is stored
    /// @throws BlobStoreFullException if there is no room; nothing is left behind
    BlobRef putContent(BlobRef announced, InputStream content) throws IOException;

    /// Stores bytes under a key made of their digest.
    default BlobRef putContent(byte[] content) throws IOException {
        return putContent(BlobRef.ofContent(content.length, Sha256.hex(content)), new ByteArrayInputStream(content));
    }

    /// Opens a blob for one pass of reading. If size or digest differ from `blob`, the stream throws
    /// [BlobCorruptException] before it delivers the last bytes. A reader that got all bytes therefore got the
    /// right ones; a reader that stops earlier has checked nothing.
    ///
    /// @throws BlobNotFoundException if there is nothing under the key
    InputStream open(BlobRef blob) throws IOException;

    /// Returns the size and digest of the blob under `key`; empty if there is none. A directory reads the whole
    /// blob for its digest, so use [#exists] if the digest does not matter.
    Optional<BlobRef> stat(String key) throws IOException;

    /// Tells whether a blob is stored under `key`, without reading it.
    boolean exists(String key) throws IOException;

    /// Lists the blobs whose key starts with `prefix`, in the order of their keys.
    ///
    /// @param prefix folder with its closing `/`, or the empty string for all blobs
    List<BlobEntry> list(String prefix) throws IOException;

    /// Deletes all blobs whose key starts with `prefix`; no error if there are none. Callers delete the remains of
    /// a failed attempt, never published blobs.
    ///
    /// @param prefix folder with its closing `/`, not empty
    void delete(String prefix) throws IOException;

    /// Deletes one blob; no error if there is none. Callers delete blobs that nothing refers to.
    void deleteBlob(String key) throws IOException;

    /// Deletes what dead writers left behind and no listing shows: temporary files and unfinished
    /// uploads. Never touches a live writer's.
    void deleteAbandoned() throws IOException;

    /// Copies a blob to a file, which appears only when every byte has been checked. An existing file is replaced.
    default void download(BlobRef blob, Path file) throws IOException {
        try (InputStream in = open(blob)) {
            DurableFiles.writeAtomically(file, in);
        }
    }
}
