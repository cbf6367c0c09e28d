package dev.finetide.kit.event;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/// Remembers the topics that Kafka does not take records for: they do not exist, or the service may not write to them.
/// The rows of such a topic rest while the others go on, because each try costs seconds. They are given up when the
/// topic has refused for a time. Used by one thread.
final class RefusedTopics {
    private static final class Refusal {
        final long since;
        long triedAt;
        String problem = "";
        boolean isNew;

        Refusal(long since) {
            this.since = since;
        }
    }

    private final Duration rest;
    private final Duration giveUpAfter;
    private final LongSupplier nanos;
    private final Map<String, Refusal> refusals = new HashMap<>();

    /// @param rest        time between two tries of a topic
    /// @param giveUpAfter time of refusals after which rows are given up
    /// @param nanos       monotonic clock in nanoseconds
    RefusedTopics(Duration rest, Duration giveUpAfter, LongSupplier nanos) {
        this.rest = rest;
        this.giveUpAfter = giveUpAfter;
        this.nanos = nanos;
    }

    void accepts(String topic) {
        refusals.remove(topic);
    }

    void refuses(String topic, Throwable failure) {
        long now = nanos.getAsLong();
        Refusal refusal = refusals.computeIfAbsent(topic, _ -> new Refusal(now));
        refusal.triedAt = now;
        refusal.problem = OutboxBatch.problem(failure);
        refusal.isNew = true;
    }

    /// Returns the topics that are not to be tried now.
    List<String> resting() {
        long now = nanos.getAsLong();
        return refusals.entrySet().stream()
                .filter(topic -> now - topic.getValue().triedAt < rest.toNanos())
                .map(Map.Entry::getKey)
                .toList();
    }

    /// Returns the topics that have refused again since the last call, and for long enough to give their rows up.
    List<String> givenUp() {
        long now = nanos.getAsLong();
        List<String> givenUp = new ArrayList<>();
        refusals.forEach((topic, refusal) -> {
            if (refusal.isNew && now - refusal.since >= giveUpAfter.toNanos()) {
                givenUp.add(topic);
            }
            refusal.isNew = false;
        });
        return givenUp;
    }

    String problem(String topic) {
        return refusals.get(topic).problem;
    }
}
