package dev.finetide.blobs;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.S3Exception;

/// Sends a stream as one object, in parts if it is long. One part is held in memory, so that it can be
/// sent again. A stream that fails leaves no object and no part.
final class S3Upload {

    /// Size of a part, and of the longest stream sent by one PUT. All parts but the last have one size,
    /// because some servers want that.
    static final int PART_BYTES = 16 << 20;

    /// The most parts that S3 allows.
    private static final int MOST_PARTS = 10_000;

    private static final int FIRST_BUFFER = 1 << 16;

    /// HTTP status if another writer of the same key is about to finish.
    private static final int CONFLICT = 409;

    private static final int CONDITION_FAILED = 412;

    private final S3Client s3;
    private final String bucket;

    S3Upload(S3Client s3, String bucket) {
        this.s3 = s3;
        this.bucket = bucket;
    }

    /// Stores a stream, in the place of an object that has the key.
    ///
    /// @param size size of the stream in bytes
    boolean always(String key, InputStream content, long size) throws IOException {
        send(key, content, partBytes(size), false);
        return true;
    }

    /// Stores a stream of at most 160 GB unless the key exists. Returns false, and stores nothing, if
    /// it does. The stream is then read to its end, too.
    boolean ifAbsent(String key, InputStream content) throws IOException {
        try {
            send(key, content, PART_BYTES, true);
            return true;
        } catch (S3Exception e) {
            if (e.statusCode() == CONDITION_FAILED || e.statusCode() == CONFLICT) {
                return false;
            }
            throw e;
        }
    }

    /// Returns the size of the parts of a stream: larger ones if there would be too many.
    static int partBytes(long size) {
        return Math.toIntExact(Math.max(PART_BYTES, Math.ceilDiv(size, MOST_PARTS)));
    }

    private void send(String key, InputStream content, int partBytes, boolean onlyIfAbsent) throws IOException {
        Part part = new Part(partBytes);
        part.fill(content);
        if (part.isLast()) {
            s3.putObject(
                    request -> request.bucket(bucket).key(key).ifNoneMatch(onlyIfAbsent ? "*" : null), part.body());
        } else {
            sendParts(key, content, part, onlyIfAbsent);
        }
    }

    private void sendParts(String key, InputStream content, Part part, boolean onlyIfAbsent) throws IOException {
        String upload = s3.createMultipartUpload(
                        request -> request.bucket(bucket).key(key))
                .uploadId();
        try {
            List<CompletedPart> parts = new ArrayList<>();
            parts.add(sendPart(key, upload, 1, part));
            while (!part.isLast()) {
                part.fill(content);
                if (!part.isEmpty()) {
                    parts.add(sendPart(key, upload, parts.size() + 1, part));
                }
            }
            s3.completeMultipartUpload(request -> request.bucket(bucket)
                    .key(key)
                    .uploadId(upload)
                    .ifNoneMatch(onlyIfAbsent ? "*" : null)
                    .multipartUpload(all -> all.parts(parts)));
        } catch (Throwable failure) {
            abandon(key, upload, failure);
            throw failure;
        }
    }

    private CompletedPart sendPart(String key, String upload, int number, Part part) {
        String etag = s3.uploadPart(
                        request ->
                                request.bucket(bucket).key(key).uploadId(upload).partNumber(number),
                        part.body())
                .eTag();
        return CompletedPart.builder().partNumber(number).eTag(etag).build();
    }

    private void abandon(String key, String upload, Throwable why) {
        try {
            s3.abortMultipartUpload(request -> request.bucket(bucket).key(key).uploadId(upload));
        } catch (SdkException e) {
            why.addSuppressed(e);
        }
    }

    /// Aborts unfinished uploads of keys with a prefix that began before a time. Returns their number.
    int abortOlder(String prefix, Instant before) {
        List<MultipartUpload> abandoned =
                s3
                        .listMultipartUploadsPaginator(
                                request -> request.bucket(bucket).prefix(prefix))
                        .uploads()
                        .stream()
                        .filter(upload -> upload.initiated().isBefore(before))
                        .toList();
        for (MultipartUpload upload : abandoned) {
            s3.abortMultipartUpload(
                    request -> request.bucket(bucket).key(upload.key()).uploadId(upload.uploadId()));
        }
        return abandoned.size();
    }

    /// The bytes of one part. The array grows with the first part and is used again for the others.
    private static final class Part {
        private final int capacity;
        private byte[] bytes;
        private int length;

        Part(int capacity) {
            this.capacity = capacity;
            this.bytes = new byte[Math.min(FIRST_BUFFER, capacity)];
        }

        void fill(InputStream content) throws IOException {
            length = 0;
            boolean more = true;
            while (more && length < capacity) {
                if (length == bytes.length) {
                    bytes = Arrays.copyOf(bytes, Math.min(capacity, 2 * bytes.length));
                }
                int wanted = bytes.length - length;
                int n = content.readNBytes(bytes, length, wanted);
                length += n;
                more = n == wanted;
            }
        }

        /// Returns whether the stream ended in this part.
        boolean isLast() {
            return length < capacity;
        }

        boolean isEmpty() {
            return length == 0;
        }

        RequestBody body() {
            int sent = length;
            return RequestBody.fromContentProvider(
                    () -> new ByteArrayInputStream(bytes, 0, sent), sent, "application/octet-stream");
        }
    }
}
