package dev.finetide.blobs;

import java.io.IOException;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;

/// Converts the AWS SDK's exceptions to [BlobException]s, which name the blob and the kind of failure. The server's
/// answer is reduced to its status and code, because its text may quote the request.
final class S3Failures {

    /// Credentials that have ended or were never given.
    private static final Set<String> BAD_SESSION = Set.of("ExpiredToken", "InvalidToken", "TokenRefreshRequired");

    private static final Set<String> FULL = Set.of("QuotaExceeded", "XMinioStorageFull", "InsufficientStorage");

    private static final Pattern REFUSED_IDENTITY = Pattern.compile(
            "WebIdentityToken[A-Za-z]*\\([^)]*\\): .*?\\(Service: Sts, Status Code: ([0-9]+)", Pattern.DOTALL);

    private S3Failures() {}

    static IOException explain(String what, SdkException e) {
        if (!(e instanceof AwsServiceException answer)) {
            return String.valueOf(e.getMessage()).contains("Unable to load credentials")
                    ? new BlobDeniedException(what, noCredentials(e), e)
                    : new BlobUnreachableException(what, innermost(e), e);
        }
        String why = "HTTP " + answer.statusCode() + " " + code(answer);
        if (answer.statusCode() == 507 || FULL.contains(code(answer))) {
            return new BlobStoreFullException(what, "its bucket", e);
        }
        if (answer.statusCode() == 401 || answer.statusCode() == 403 || BAD_SESSION.contains(code(answer))) {
            return new BlobDeniedException(what, why, e);
        }
        return new BlobUnreachableException(what, why, e);
    }

    static String code(AwsServiceException e) {
        return e.awsErrorDetails() == null
                ? ""
                : String.valueOf(e.awsErrorDetails().errorCode());
    }

    /// Says why the SDK's usual chain has no credentials. Its own text quotes answers of servers.
    private static String noCredentials(SdkException e) {
        Matcher refused = REFUSED_IDENTITY.matcher(String.valueOf(e.getMessage()));
        return refused.find()
                ? "STS refused the identity in AWS_WEB_IDENTITY_TOKEN_FILE: HTTP " + refused.group(1)
                : "no credentials found by the AWS SDK's usual chain";
    }

    private static String innermost(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getClass().getSimpleName() + ": " + cause.getMessage();
    }
}
