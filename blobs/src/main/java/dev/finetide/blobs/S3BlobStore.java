package dev.finetide.blobs;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Error;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/// Stores blobs as objects of an S3 bucket. A blob is sent while it is read, and the upload is
/// completed only when its digest is known to be right. S3 shows an object only when it is complete,
/// and `If-None-Match: *` lets only one of several writers succeed.
final class S3BlobStore implements BlobStore {

    private static final int DELETE_AT_ONCE = 1000;

    /// Age at which an unfinished upload counts as abandoned: nobody can ask whether its writer lives.
    private static final Duration ABANDONED = Duration.ofDays(2);

    private final S3Client s3;
    private final S3Location location;
    private final S3Upload upload;

    private S3BlobStore(S3Client s3, S3Location location) {
        this.s3 = s3;
        this.location = location;
        this.upload = new S3Upload(s3, location.bucket());
    }

    /// @param credentials credentials of the store's client; those of the SDK's usual chain when empty
    static S3BlobStore open(S3Location location, Optional<AwsCredentialsProvider> credentials) {
        try {
            return new S3BlobStore(location.client(credentials), location);
        } catch (SdkException e) {
            throw new IllegalArgumentException("blob store " + location.name("") + ": " + e.getMessage(), e);
        }
    }

    @Override
    public BlobRef put(String key, InputStream content) throws IOException {
        BlobKeys.requireKey(key);
        MeasuredInputStream measured = new MeasuredInputStream(content);
        // exists() comes first, because it can save the upload and not every S3 server knows the condition.
        boolean stored = !exists(key) && call(key, () -> upload.ifAbsent(object(key), measured));
        BlobRef blob = measured.drain(key);
        if (!stored) {
            BlobRef there = stat(key).orElseThrow(() -> new BlobNotFoundException(key));
            if (!there.equals(blob)) {
                throw new BlobConflictException(there, blob);
            }
        }
        return blob;
    }

    @Override
    public BlobRef putContent(BlobRef announced, InputStream content) throws IOException {
        BlobKeys.requireContent(announced);
        InputStream verified = new VerifyingInputStream(content, announced);
        call(announced.key(), () -> upload.always(object(announced.key()), verified, announced.size()));
        return announced;
    }

    @Override
    public InputStream open(BlobRef blob) throws IOException {
        ResponseInputStream<GetObjectResponse> object =
                get(blob.key()).orElseThrow(() -> new BlobNotFoundException(blob.key()));
        long size = object.response().contentLength();
        if (size != blob.size()) {
            object.abort();
            throw BlobCorruptException.size(blob, Long.toString(size));
        }
        return new VerifyingInputStream(new Abandonable(object), blob);
    }

    @Override
    public Optional<BlobRef> stat(String key) throws IOException {
        Optional<ResponseInputStream<GetObjectResponse>> object = get(BlobKeys.requireKey(key));
        if (object.isEmpty()) {
            return Optional.empty();
        }
        try (MeasuredInputStream in = new MeasuredInputStream(new Abandonable(object.get()))) {
            return Optional.of(in.drain(key));
        }
    }

    private Optional<ResponseInputStream<GetObjectResponse>> get(String key) throws IOException {
        return call(key, () -> {
            try {
                return Optional.of(s3.getObject(
                        request -> request.bucket(location.bucket()).key(object(key))));
            } catch (S3Exception e) {
                return ifMissing(e, key, Optional.empty());
            }
        });
    }

    @Override
    public boolean exists(String key) throws IOException {
        BlobKeys.requireKey(key);
        return call(key, () -> {
            try {
                s3.headObject(request -> request.bucket(location.bucket()).key(object(key)));
                return true;
            } catch (S3Exception e) {
                return ifMissing(e, key, false);
            }
        });
    }

    @Override
    public List<BlobEntry> list(String prefix) throws IOException {
        String folder = prefix.isEmpty() ? "" : BlobKeys.requirePrefix(prefix);
        return call(
                folder,
                () -> objects(folder).stream()
                        .map(object -> new BlobEntry(
                                object.key().substring(location.prefix().length()),
                                object.size(),
                                object.lastModified()))
                        .sorted(Comparator.comparing(BlobEntry::key))
                        .toList());
    }

    @Override
    public void delete(String prefix) throws IOException {
        BlobKeys.requirePrefix(prefix);
        List<S3Error> errors = call(prefix, () -> {
            List<ObjectIdentifier> doomed = objects(prefix).stream()
                    .map(object -> ObjectIdentifier.builder().key(object.key()).build())
                    .toList();
            List<S3Error> failed = new ArrayList<>();
            for (int i = 0; i < doomed.size(); i += DELETE_AT_ONCE) {
                List<ObjectIdentifier> some = doomed.subList(i, Math.min(i + DELETE_AT_ONCE, doomed.size()));
                failed.addAll(s3.deleteObjects(
                                request -> request.bucket(location.bucket()).delete(delete -> delete.objects(some)))
                        .errors());
            }
            return failed;
        });
        if (!errors.isEmpty()) {
            throw new IOException(location.name(prefix) + ": " + errors.size() + " objects were not deleted, the first "
                    + errors.getFirst().key() + " because of "
                    + errors.getFirst().code());
        }
    }

    @Override
    public void deleteBlob(String key) throws IOException {
        BlobKeys.requireKey(key);
        call(
                key,
                () -> s3.deleteObject(
                        request -> request.bucket(location.bucket()).key(object(key))));
    }

    @Override
    public void deleteAbandoned() throws IOException {
        call("", () -> upload.abortOlder(location.prefix(), Instant.now().minus(ABANDONED)));
    }

    private List<S3Object> objects(String folder) {
        return s3
                .listObjectsV2Paginator(
                        request -> request.bucket(location.bucket()).prefix(object(folder)))
                .contents()
                .stream()
                .toList();
    }

    private String object(String key) {
        return location.prefix() + key;
    }

    private <T> T ifMissing(S3Exception e, String key, T missing) {
        if (e.statusCode() == 404 && !"NoSuchBucket".equals(S3Failures.code(e))
                || e.statusCode() == 403 && isUnlisted(key)) {
            return missing;
        }
        throw e;
    }

    /// Tells whether a listing shows that a key is missing. A client that may list one folder only is denied a missing
    /// object: S3 tells that it is missing to those who may list the whole bucket.
    private boolean isUnlisted(String key) {
        try {
            return s3
                    .listObjectsV2(request -> request.bucket(location.bucket())
                            .prefix(object(key))
                            .maxKeys(1))
                    .contents()
                    .stream()
                    .noneMatch(object -> object.key().equals(object(key)));
        } catch (S3Exception _) {
            return false;
        }
    }

    private interface Call<T> {
        T call() throws IOException;
    }

    /// Makes a call and converts the SDK's exceptions to those of this store.
    private <T> T call(String key, Call<T> call) throws IOException {
        try {
            return call.call();
        } catch (SdkException e) {
            throw S3Failures.explain(location.name(key), e);
        }
    }

    /// Stream of an object's bytes that can be closed early. The SDK's stream would read the rest when closed.
    private static final class Abandonable extends FilterInputStream {
        private final ResponseInputStream<?> object;
        private boolean ended;

        Abandonable(ResponseInputStream<?> object) {
            super(object);
            this.object = object;
        }

        @Override
        public int read() throws IOException {
            int one = super.read();
            ended |= one < 0;
            return one;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int n = super.read(buffer, offset, length);
            ended |= n < 0;
            return n;
        }

        @Override
        public void close() throws IOException {
            if (ended) {
                super.close();
            } else {
                object.abort();
            }
        }
    }
}
