package dev.finetide.kit.auth;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SentTokenTest {
    @ParameterizedTest
    @ValueSource(strings = {"Bearer s3cret", "bearer s3cret", " BEARER   s3cret "})
    void aHeaderHasAToken(String header) {
        assertThat(SentToken.in(header).orElseThrow().text()).isEqualTo("s3cret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Bearer", "Bearer ", "s3cret", "Basic YTpi", "Bearers3cret"})
    void anotherHeaderHasNone(String header) {
        assertThat(SentToken.in(header)).isEmpty();
    }

    @Test
    void theDigestIsComputedOnce() {
        SentToken token = new SentToken("abc");
        assertThat(token.digest())
                .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
                .isSameAs(token.digest());
    }
}
