package dev.finetide.blobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.exception.SdkClientException;

class LentCredentialsTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private Instant now = START;
    private int asked;
    private boolean away;
    private final Clock clock = ((InstantSource) () -> now).withZone(ZoneOffset.UTC);
    private final LentCredentials credentials = new LentCredentials(session(0), this::next, clock);

    private BlobSession session(int number) {
        return new BlobSession("key-" + number, "secret", "token", now.plus(Duration.ofHours(1)));
    }

    private BlobSession next() throws IOException {
        asked++;
        if (away) {
            throw new IOException("the service is away");
        }
        return session(asked);
    }

    private String keyAfter(Duration time) {
        now = START.plus(time);
        return credentials.resolveCredentials().accessKeyId();
    }

    @Test
    void aSessionIsRenewedWhenAThirdOfItsTimeIsLeft() {
        assertThat(keyAfter(Duration.ofMinutes(39))).isEqualTo("key-0");
        assertThat(asked).isZero();
        assertThat(keyAfter(Duration.ofMinutes(40))).isEqualTo("key-1");
        assertThat(keyAfter(Duration.ofMinutes(79))).isEqualTo("key-1");
        assertThat(asked).isEqualTo(1);
    }

    @Test
    void theOldSessionServesWhileTheServiceIsAwayAndAsLongAsItLasts() {
        away = true;
        assertThat(keyAfter(Duration.ofMinutes(41))).isEqualTo("key-0");
        assertThat(keyAfter(Duration.ofMinutes(41).plusSeconds(9))).isEqualTo("key-0");
        assertThat(asked).as("questions within ten seconds").isEqualTo(1);
        assertThat(keyAfter(Duration.ofMinutes(42))).isEqualTo("key-0");
        assertThatThrownBy(() -> keyAfter(Duration.ofMinutes(60)))
                .isInstanceOf(SdkClientException.class)
                .hasMessageContaining("the service is away")
                .hasMessageNotContaining("secret-");

        away = false;
        assertThat(keyAfter(Duration.ofMinutes(61))).startsWith("key-");
    }

    @Test
    void aSessionsTextHasNoSecret() {
        assertThat(session(1).toString())
                .contains("key-1")
                .doesNotContain("secret")
                .doesNotContain("token");
    }
}
