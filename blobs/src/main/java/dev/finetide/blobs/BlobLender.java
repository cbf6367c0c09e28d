package dev.finetide.blobs;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.StsClientBuilder;
import software.amazon.awssdk.services.sts.model.AssumeRoleRequest;
import software.amazon.awssdk.services.sts.model.Credentials;
import software.amazon.awssdk.services.sts.model.PackedPolicyTooLargeException;

/// Lends credentials for a part of an S3 store: sessions of a role, each within a policy. The lender itself
/// uses the credentials of the AWS SDK's usual chain, and must be allowed to assume the role. Thread-safe.
public final class BlobLender implements AutoCloseable {
    /// The longest session of a role that is assumed by a role, as a pod's is.
    private static final Duration LONGEST = Duration.ofHours(1);

    private static final int LONGEST_NAME = 64;

    private final StsClient sts;
    private final S3Location store;
    private final String role;

    private BlobLender(StsClient sts, S3Location store, String role) {
        this.sts = sts;
        this.store = store;
        this.role = role;
    }

    /// Opens a lender; empty for a store that is no bucket, or without a role. STS is at `AWS_ENDPOINT_URL_STS`, or
    /// is AWS's own.
    ///
    /// @param role the role's name: `arn:aws:iam::123456789012:role/finetide-worker`
    /// @throws IllegalArgumentException if the role has another form, or the SDK finds no region
    public static Optional<BlobLender> open(URI uri, Optional<String> role) {
        Optional<String> named = role.map(String::strip).filter(text -> !text.isEmpty());
        if (named.isEmpty() || !"s3".equals(uri.getScheme())) {
            return Optional.empty();
        }
        if (!named.get().matches("arn:[A-Za-z0-9-]+:[\\x21-\\x7e]{1,2000}")) {
            throw new IllegalArgumentException(
                    "finetide.blobs.worker-role: expected arn:PARTITION:iam::ACCOUNT:role/NAME, got another text");
        }
        S3Location store = S3Location.parse(uri);
        StsClientBuilder sts = StsClient.builder().httpClientBuilder(UrlConnectionHttpClient.builder());
        store.region().ifPresent(region -> sts.region(Region.of(region)));
        try {
            return Optional.of(new BlobLender(sts.build(), store, named.get()));
        } catch (SdkException e) {
            throw new IllegalArgumentException("finetide.blobs.worker-role: " + e.getMessage(), e);
        }
    }

    /// Lends credentials for an hour.
    ///
    /// @param borrower who gets them, for the records of the server
    /// @throws BlobDeniedException if the server does not let this process assume the role
    /// @throws BlobUnreachableException if the server does not answer
    public BlobSession lend(BlobScope scope, String borrower) throws IOException {
        try {
            return session(borrower, scope.policy(store, partition()));
        } catch (PackedPolicyTooLargeException e) {
            return again(scope, borrower);
        } catch (SdkException e) {
            throw S3Failures.explain("role of workers " + role, e);
        }
    }

    private BlobSession again(BlobScope scope, String borrower) throws IOException {
        try {
            return session(borrower, scope.broadPolicy(store, partition()));
        } catch (SdkException e) {
            throw S3Failures.explain("role of workers " + role, e);
        }
    }

    private BlobSession session(String borrower, String policy) {
        String name = borrower.replaceAll("[^A-Za-z0-9_=,.@-]", "-");
        Credentials lent = sts.assumeRole(AssumeRoleRequest.builder()
                        .roleArn(role)
                        .roleSessionName(name.substring(Math.max(0, name.length() - LONGEST_NAME)))
                        .durationSeconds((int) LONGEST.toSeconds())
                        .policy(policy)
                        .build())
                .credentials();
        return new BlobSession(lent.accessKeyId(), lent.secretAccessKey(), lent.sessionToken(), lent.expiration());
    }

    /// Returns the first part of the bucket's name. Other servers than AWS's call it `aws`, whatever their roles are
    /// called.
    private String partition() {
        String partition = role.split(":", 3)[1];
        return partition.startsWith("aws") ? partition : "aws";
    }

    @Override
    public void close() {
        sts.close();
    }
}
