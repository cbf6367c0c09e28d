package dev.finetide.kit.error;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/// Finds what Kafka's clients have said already: while a broker is away, or refuses a login, each of a service's
/// clients says so every second. Thread-safe.
final class KafkaRepetitions {
    private static final Duration AGAIN = Duration.ofMinutes(1);
    private static final int MOST = 200;

    private final LongSupplier nanos;
    private final Map<String, Long> said = new HashMap<>();

    /// @param nanos [System#nanoTime], which nobody sets back
    KafkaRepetitions(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /// Returns whether a message is one of Kafka's clients that was logged within the last minute.
    ///
    /// @param logger null for a message without one
    synchronized boolean has(String logger, String message) {
        if (logger == null
                || !logger.startsWith("org.apache.kafka.")
                        && !logger.startsWith("io.smallrye.reactive.messaging.kafka")) {
            return false;
        }
        long now = nanos.getAsLong();
        Long last = said.get(message);
        if (last != null && now - last < AGAIN.toNanos()) {
            return true;
        }
        if (said.size() >= MOST) {
            said.clear();
        }
        said.put(message, now);
        return false;
    }
}
