package dev.finetide.blobs;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/// Reads objects of an S3 bucket that is not a blob store: files of users. Thread-safe.
public final class SourceBucket implements AutoCloseable {
    private static final int MOST_BREAKS = 5;

    /// Keys with a segment that some servers resolve as a path's: empty, `.` or `..`.
    private static final Pattern NOT_PLAIN = Pattern.compile("(.*/)?(\\.{1,2}(/.*)?|/.*)", Pattern.DOTALL);

    /// An object as it was listed.
    ///
    /// @param etag version of the content; a later read of other content fails
    public record SourceObject(String key, long size, String etag) {}

    private final S3Client s3;
    private final S3Location location;

    private SourceBucket(S3Client s3, S3Location location) {
        this.s3 = s3;
        this.location = location;
    }

    /// Opens a bucket; it is not contacted before the first use.
    ///
    /// @param uri `s3://bucket?endpoint=URL&region=NAME&path-style=true`, as for [BlobStores#open]
    public static SourceBucket open(URI uri) {
        S3Location location = S3Location.parse(uri);
        try {
            return new SourceBucket(location.client(Optional.empty()), location);
        } catch (SdkException e) {
            throw new IllegalArgumentException("bucket " + location.bucket() + ": " + e.getMessage(), e);
        }
    }

    /// Tells whether a key, or a prefix, names something of a blob store. A bucket of the same name on another server
    /// counts as the same: a server has many addresses.
    ///
    /// @param store URI of the blob store
    public boolean reaches(String key, URI store) {
        if (!"s3".equals(store.getScheme())) {
            return false;
        }
        S3Location other = S3Location.parse(store);
        if (!other.bucket().equals(location.bucket())) {
            return false;
        }
        return NOT_PLAIN.matcher(key).matches()
                || key.startsWith(other.prefix())
                || other.prefix().startsWith(key);
    }

    /// Finds an object; empty if there is none.
    ///
    /// @throws IOException if the bucket cannot be reached, or refuses
    public Optional<SourceObject> find(String key) throws IOException {
        try {
            var head =
                    s3.headObject(request -> request.bucket(location.bucket()).key(key));
            return Optional.of(new SourceObject(key, head.contentLength(), head.eTag()));
        } catch (S3Exception e) {
            if (e.statusCode() == 404) {
                return Optional.empty();
            }
            throw S3Failures.explain(name(key), e);
        } catch (SdkException e) {
            throw S3Failures.explain(name(key), e);
        }
    }

    /// Lists the objects below a prefix in the order of their keys.
    public List<SourceObject> list(String prefix) throws IOException {
        try {
            return s3
                    .listObjectsV2Paginator(
                            request -> request.bucket(location.bucket()).prefix(prefix))
                    .contents()
                    .stream()
                    .map(object -> new SourceObject(object.key(), object.size(), object.eTag()))
                    .toList();
        } catch (SdkException e) {
            throw S3Failures.explain(name(prefix), e);
        }
    }

    /// Opens an object. A connection that breaks is opened again at the byte where it broke.
    ///
    /// @throws IOException from the stream, if the object is not the listed one any more, or breaks again and again
    public InputStream read(SourceObject object) {
        return new Reading(object);
    }

    @Override
    public void close() {
        s3.close();
    }

    private String name(String key) {
        return "s3://" + location.bucket() + "/" + key;
    }

    private final class Reading extends InputStream {
        private final SourceObject object;
        private Optional<ResponseInputStream<GetObjectResponse>> open = Optional.empty();
        private long position;
        private int breaks;

        Reading(SourceObject object) {
            this.object = object;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            while (position < object.size()) {
                try {
                    if (open.isEmpty()) {
                        open = Optional.of(connect());
                    }
                    int read = open.get().read(bytes, offset, length);
                    if (read > 0 || length == 0) {
                        position += read;
                        return read;
                    }
                    throw new IOException("the connection ended");
                } catch (BlobException e) {
                    throw e;
                } catch (IOException e) {
                    close();
                    if (++breaks > MOST_BREAKS) {
                        throw new IOException(name(object.key()) + " broke after " + position + " bytes", e);
                    }
                }
            }
            return -1;
        }

        private ResponseInputStream<GetObjectResponse> connect() throws IOException {
            try {
                return s3.getObject(request -> request.bucket(location.bucket())
                        .key(object.key())
                        .ifMatch(object.etag())
                        .range("bytes=" + position + "-"));
            } catch (S3Exception e) {
                if (e.statusCode() == 412 || e.statusCode() == 404 || e.statusCode() == 416) {
                    throw new SourceChangedException(name(object.key()), position);
                }
                throw S3Failures.explain(name(object.key()), e);
            } catch (SdkException e) {
                throw S3Failures.explain(name(object.key()), e);
            }
        }

        @Override
        public void close() {
            open.ifPresent(ResponseInputStream::abort);
            open = Optional.empty();
        }
    }
}
