package dev.finetide.dataset.source;

import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.blobs.Sha256;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.errors.v1.ErrorReason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jboss.logging.Logger;

/// Stores files in parts of at most 8 MiB, so that a broken upload goes on at the last part, and a file can be read as
/// often as needed. Thread-safe.
public final class Staging {
    private static final Logger LOG = Logger.getLogger(Staging.class);
    private static final int PART_BYTES = 8 << 20;

    /// Time without a call after which a staged file is deleted.
    private static final Duration ABANDONED = Duration.ofDays(1);

    private final FileUploadStore store;
    private final BlobStore blobs;
    private final ByteRoom room;
    private final Clock clock;

    public Staging(FileUploadStore store, BlobStore blobs, ByteRoom room, Clock clock) {
        this.store = store;
        this.blobs = blobs;
        this.room = room;
        this.clock = clock;
    }

    /// Returns a file that was staged before, complete or not.
    ///
    /// @throws ApiException RESOURCE_NOT_FOUND
    public FileUpload find(String project, String fileId) {
        return store.find(project, fileId)
                .orElseThrow(() -> ApiException.notFound(project + "/uploadedFiles/" + fileId));
    }

    /// Returns a complete staged file for reading.
    ///
    /// @param path path as the user knows the file
    /// @throws ApiException RESOURCE_NOT_FOUND, INVALID_FIELD if bytes are missing
    public StagedFile file(String project, String fileId, String path) {
        FileUpload upload = find(project, fileId);
        store.alive(project, fileId, clock.instant());
        if (!upload.isComplete()) {
            throw ApiException.invalidField(
                    "files",
                    "%s is not complete: %d of %d bytes are stored"
                            .formatted(path, upload.storedBytes(), upload.sizeBytes()));
        }
        return new StagedFile(blobs, fileId, path, upload.sha256(), upload.parts());
    }

    /// Stores the rest of a file.
    ///
    /// @param upload what the client says about the file, without parts
    /// @param offset number of bytes that the client believes to be stored
    /// @param rest bytes after those
    /// @throws ApiException INVALID_FIELD if another number of bytes is stored, or more bytes come than
    ///     the file has; DIGEST_MISMATCH if the file is complete and wrong, which then is deleted;
    ///     QUOTA_EXCEEDED for more bytes than the project may store, of which nothing is kept that is
    ///     too much
    /// @throws IOException if the stream broke; what came before is kept
    public FileUpload receive(FileUpload upload, long offset, InputStream rest) throws IOException {
        discardAbandoned();
        store.begin(upload, clock.instant());
        FileUpload before = find(upload.project(), upload.fileId());
        if (before.sizeBytes() != upload.sizeBytes()) {
            throw ApiException.invalidField(
                    "size_bytes", "is " + upload.sizeBytes() + ", but was " + before.sizeBytes() + " before");
        }
        if (before.storedBytes() != offset) {
            throw ApiException.invalidField(
                    "offset", "is " + offset + ", but " + before.storedBytes() + " bytes are stored");
        }
        room.check(upload.project(), Math.max(0, upload.sizeBytes() - offset), List.of());
        MessageDigest digest = Sha256.newDigest();
        store(before, offset, rest, digest);
        FileUpload after = find(upload.project(), upload.fileId());
        if (after.isComplete() && !upload.sha256().isEmpty()) {
            check(after, offset == 0 ? Sha256.hex(digest) : digestOf(after));
        }
        return after;
    }

    /// Stores a whole stream as a new file.
    public StagedFile stage(String project, String path, InputStream bytes) throws IOException {
        discardAbandoned();
        FileUpload upload = new FileUpload(project, UUID.randomUUID().toString(), -1, "", List.of());
        store.begin(upload, clock.instant());
        try {
            MessageDigest digest = Sha256.newDigest();
            store(upload, 0, bytes, digest);
            long size = find(project, upload.fileId()).storedBytes();
            store.complete(project, upload.fileId(), size, Sha256.hex(digest));
            return file(project, upload.fileId(), path);
        } catch (IOException | RuntimeException e) {
            discard(project, upload.fileId());
            throw e;
        }
    }

    /// Deletes a staged file. A failure is only logged, because the file is deleted later in any case.
    public void discard(String project, String fileId) {
        try {
            // Blobs first: a file that is forgotten while its blobs are there would leave them for ever.
            blobs.delete(prefix(project, fileId));
            store.remove(project, fileId);
        } catch (IOException | RuntimeException e) {
            LOG.warn("a staged file cannot be deleted now and is deleted later file=" + fileId, e);
        }
    }

    /// Returns the prefix of the keys of a file's parts.
    public static String prefix(String project, String fileId) {
        return "uploads/" + project.substring(project.indexOf('/') + 1) + "/" + fileId + "/";
    }

    private void discardAbandoned() {
        for (FileUpload upload : store.abandoned(clock.instant().minus(ABANDONED))) {
            discard(upload.project(), upload.fileId());
        }
    }

    private void store(FileUpload upload, long offset, InputStream bytes, MessageDigest digest) throws IOException {
        byte[] part = new byte[PART_BYTES];
        long at = offset;
        int length = 0;
        Optional<IOException> broken = Optional.empty();
        while (true) {
            int read = 0;
            try {
                read = length == PART_BYTES ? 0 : bytes.read(part, length, PART_BYTES - length);
            } catch (IOException e) {
                broken = Optional.of(e);
            }
            length += Math.max(0, read);
            if (upload.sizeBytes() >= 0 && at + length > upload.sizeBytes()) {
                throw ApiException.invalidField(
                        "size_bytes", "is " + upload.sizeBytes() + ", but more bytes were sent");
            }
            boolean last = read < 0 || broken.isPresent();
            if (length == PART_BYTES || last && length > 0) {
                put(upload, at, part, length);
                digest.update(part, 0, length);
                at += length;
                length = 0;
            }
            if (broken.isPresent()) {
                throw broken.get();
            }
            if (last) {
                return;
            }
        }
    }

    private void put(FileUpload upload, long offset, byte[] part, int length) throws IOException {
        // Each attempt has a key of its own: a part of an earlier attempt may have ended elsewhere.
        String key = prefix(upload.project(), upload.fileId()) + "%015d-%s".formatted(offset, UUID.randomUUID());
        BlobRef blob = blobs.put(key, new ByteArrayInputStream(part, 0, length));
        try {
            store.transact(() -> {
                room.check(upload.project(), length, List.of());
                if (!store.addPart(upload.project(), upload.fileId(), offset, blob, clock.instant())) {
                    throw ApiException.invalidField("offset", "another call sends this file, too");
                }
                return blob;
            });
        } catch (ApiException refusal) {
            blobs.deleteBlob(key);
            throw refusal;
        }
    }

    private void check(FileUpload upload, String sha256) {
        if (!sha256.equals(upload.sha256())) {
            discard(upload.project(), upload.fileId());
            throw ApiException.of(
                    ErrorReason.DIGEST_MISMATCH,
                    "sha256: the stored bytes have the SHA-256 " + sha256 + ", expected " + upload.sha256()
                            + "; the file was deleted",
                    "field",
                    "sha256");
        }
    }

    private String digestOf(FileUpload upload) throws IOException {
        MessageDigest digest = Sha256.newDigest();
        byte[] chunk = new byte[1 << 16];
        try (InputStream in = new StagedFile(blobs, upload.fileId(), "", "", upload.parts()).open()) {
            for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                digest.update(chunk, 0, read);
            }
        }
        return Sha256.hex(digest);
    }
}
