package dev.finetide.kit.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class KafkaRepetitionsTest {
    private static final String CLIENT = "org.apache.kafka.clients.NetworkClient";

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1);
    private final KafkaRepetitions repetitions = new KafkaRepetitions(nanos::get);

    @Test
    void whatAClientOfKafkaRepeatsIsLoggedOnceAMinute() {
        assertThat(repetitions.has(CLIENT, "authentication failed")).isFalse();
        assertThat(repetitions.has(CLIENT, "authentication failed")).isTrue();
        assertThat(repetitions.has(CLIENT, "node 2 is away")).isFalse();
        nanos.addAndGet(Duration.ofSeconds(59).toNanos());
        assertThat(repetitions.has(CLIENT, "authentication failed")).isTrue();
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        assertThat(repetitions.has(CLIENT, "authentication failed")).isFalse();
        assertThat(repetitions.has("io.smallrye.reactive.messaging.kafka", "failed to poll"))
                .isFalse();
        assertThat(repetitions.has("io.smallrye.reactive.messaging.kafka", "failed to poll"))
                .isTrue();
    }

    @Test
    void ourOwnLinesAreNeverLeftOut() {
        for (String logger : new String[] {"dev.finetide.kit.event.BrokerWatch", null}) {
            assertThat(repetitions.has(logger, "call denied")).isFalse();
            assertThat(repetitions.has(logger, "call denied")).isFalse();
        }
    }

    @Test
    void manyLinesTakeNoMemoryForGood() {
        for (int i = 0; i < 100_000; i++) {
            repetitions.has(CLIENT, "line " + i);
        }
        assertThat(repetitions.has(CLIENT, "line 99999")).isTrue();
        assertThat(repetitions.has(CLIENT, "line 0")).isFalse();
    }
}
