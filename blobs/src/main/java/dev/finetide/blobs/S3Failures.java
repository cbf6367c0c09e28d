package dev.finetide.blobs;

import java.io.IOException;
import java.util.Set;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/// Converts the AWS SDK's exceptions to [BlobException]s, which name the blob and the kind of failure. The server's
/// answer is reduced to its status and code, because its text may quote the request.
final class S3Failures {

    private static final Set<String> FULL = Set.of("QuotaExceeded", "XMinioStorageFull", "InsufficientStorage");

    private S3Failures() {}

    static IOException explain(String what, SdkException e) {
        if (!(e instanceof S3Exception answer)) {
            return String.valueOf(e.getMessage()).contains("Unable to load credentials")
                    ? new BlobDeniedException(what, "no credentials found by the AWS SDK's usual chain", e)
                    : new BlobUnreachableException(what, innermost(e), e);
        }
        String why = "HTTP " + answer.statusCode() + " " + code(answer);
        if (answer.statusCode() == 507 || FULL.contains(code(answer))) {
            return new BlobStoreFullException(what, "its bucket", e);
        }
        if (answer.statusCode() == 401 || answer.statusCode() == 403) {
            return new BlobDeniedException(what, why, e);
        }
        return new BlobUnreachableException(what, why, e);
    }

    static String code(S3Exception e) {
        return e.awsErrorDetails() == null
                ? ""
                : String.valueOf(e.awsErrorDetails().errorCode());
    }

    private static String innermost(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getClass().getSimpleName() + ": " + cause.getMessage();
    }
}
