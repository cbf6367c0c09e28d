package dev.finetide.kit.event;

import java.util.Map;

/// The largest sizes of events and records, in bytes. Topics, producers, the outbox and the dead letters take theirs
/// from here, so that nothing is accepted that the broker refuses later.
public final class RecordSizes {
    /// The largest event of any topic, without key and headers. A resource that fits into an event also fits into a
    /// gRPC answer of 4 MiB.
    public static final int LARGEST_EVENT = 3_840 << 10;

    /// The largest record of a topic with its key and headers. An event's headers and key take less than 64 KiB.
    public static final int LARGEST_RECORD = 4 << 20;

    /// The largest record of a dead-letter topic: a record of any of our topics, and the headers that a dead letter
    /// adds.
    public static final int LARGEST_DEAD_LETTER = 5 << 20;

    /// Smaller limits of single topics. A dataset version and a run are parts of later events, which need room for
    /// them.
    private static final Map<String, Integer> LARGEST =
            Map.of(Topics.DATASET, 1 << 20, Topics.TRAINING, 2_560 << 10, Topics.EVALUATION_RESULTS, 1 << 20);

    private RecordSizes() {}

    /// Returns the most bytes of an event of this topic, without key and headers.
    public static int largestEvent(String topic) {
        return LARGEST.getOrDefault(topic, LARGEST_EVENT);
    }
}
