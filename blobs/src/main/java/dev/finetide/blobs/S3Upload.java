package dev.finetide.blobs;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.S3Exception;

/// Sends a file as one object, in parts if the file is large. No part is held in memory: the SDK reads a part from
/// the file each time that it sends it.
final class S3Upload {

    /// Size of a part, and of the largest file sent by one PUT. S3 allows 10,000 parts, so an object has up to 640
    /// GB.
    private static final long PART_BYTES = 64L << 20;

    /// HTTP status if another writer of the same key is about to finish.
    private static final int CONFLICT = 409;

    private static final int CONDITION_FAILED = 412;
    private static final int TRIES = 5;

    private final S3Client s3;
    private final String bucket;

    S3Upload(S3Client s3, String bucket) {
        this.s3 = s3;
        this.bucket = bucket;
    }

    boolean always(String key, Path file) throws IOException {
        send(key, file, false);
        return true;
    }

    /// Stores a file unless the key exists. Returns false, and stores nothing, if it does.
    boolean ifAbsent(String key, Path file) throws IOException {
        for (int tries = 1; ; tries++) {
            try {
                send(key, file, true);
                return true;
            } catch (S3Exception e) {
                if (e.statusCode() == CONDITION_FAILED) {
                    return false;
                }
                if (e.statusCode() != CONFLICT || tries == TRIES) {
                    throw e;
                }
            }
        }
    }

    private void send(String key, Path file, boolean onlyIfAbsent) throws IOException {
        if (Files.size(file) > PART_BYTES) {
            sendParts(key, file, onlyIfAbsent);
        } else {
            s3.putObject(
                    request -> request.bucket(bucket).key(key).ifNoneMatch(onlyIfAbsent ? "*" : null),
                    RequestBody.fromFile(file));
        }
    }

    private void sendParts(String key, Path file, boolean onlyIfAbsent) throws IOException {
        String upload = s3.createMultipartUpload(
                        request -> request.bucket(bucket).key(key))
                .uploadId();
        try {
            List<CompletedPart> parts = new ArrayList<>();
            long size = Files.size(file);
            for (long from = 0; from < size; from += PART_BYTES) {
                int number = parts.size() + 1;
                String etag = s3.uploadPart(
                                request -> request.bucket(bucket)
                                        .key(key)
                                        .uploadId(upload)
                                        .partNumber(number),
                                part(file, from, Math.min(PART_BYTES, size - from)))
                        .eTag();
                parts.add(CompletedPart.builder().partNumber(number).eTag(etag).build());
            }
            s3.completeMultipartUpload(request -> request.bucket(bucket)
                    .key(key)
                    .uploadId(upload)
                    .ifNoneMatch(onlyIfAbsent ? "*" : null)
                    .multipartUpload(all -> all.parts(parts)));
        } catch (SdkException e) {
            abandon(key, upload, e);
            throw e;
        }
    }

    private void abandon(String key, String upload, SdkException why) {
        try {
            s3.abortMultipartUpload(request -> request.bucket(bucket).key(key).uploadId(upload));
        } catch (SdkException e) {
            why.addSuppressed(e);
        }
    }

    private static RequestBody part(Path file, long from, long length) {
        ContentStreamProvider content = () -> {
            try {
                return new FilePart(file, from, length);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
        return RequestBody.fromContentProvider(content, length, "application/octet-stream");
    }

    /// Stream of `length` bytes of a file.
    private static final class FilePart extends InputStream {
        private final InputStream file;
        private long left;

        FilePart(Path path, long from, long length) throws IOException {
            file = Files.newInputStream(path);
            file.skipNBytes(from);
            left = length;
        }

        @Override
        public int read() throws IOException {
            return left-- > 0 ? file.read() : -1;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (left <= 0) {
                return length == 0 ? 0 : -1;
            }
            int n = file.read(buffer, offset, (int) Math.min(length, left));
            left -= Math.max(n, 0);
            return n;
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
