package dev.finetide.blobs;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.core.exception.SdkClientException;

/// Gives an S3 client the session that is lent to it, and asks for the next one before that ends. While none can be
/// had, the old one is used for as long as it lasts. Thread-safe.
final class LentCredentials implements AwsCredentialsProvider {
    /// Time between two questions while the lender does not answer.
    private static final Duration PAUSE = Duration.ofSeconds(10);

    private final BlobSession.Source source;
    private final Clock clock;
    private BlobSession session;
    private Instant nextQuestion;

    LentCredentials(BlobSession first, BlobSession.Source source, Clock clock) {
        this.source = source;
        this.clock = clock;
        take(first);
    }

    /// Takes a session, which is renewed when a third of its time is left.
    private void take(BlobSession taken) {
        session = taken;
        Instant now = clock.instant();
        nextQuestion =
                taken.expires().minus(Duration.between(now, taken.expires()).dividedBy(3));
    }

    @Override
    public synchronized AwsCredentials resolveCredentials() {
        Instant now = clock.instant();
        if (!now.isBefore(nextQuestion)) {
            try {
                take(source.next());
            } catch (IOException e) {
                if (!now.isBefore(session.expires())) {
                    throw SdkClientException.create(
                            "the lent credentials ended at " + session.expires() + ", and no others can be had: "
                                    + e.getMessage(),
                            e);
                }
                nextQuestion = now.plus(PAUSE);
            }
        }
        return AwsSessionCredentials.builder()
                .accessKeyId(session.accessKeyId())
                .secretAccessKey(session.secretAccessKey())
                .sessionToken(session.sessionToken())
                .expirationTime(session.expires())
                .build();
    }
}
