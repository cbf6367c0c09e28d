package dev.finetide.kit.metric;

import dev.finetide.kit.time.Moment;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/// Remembers where a topic ended at some moments, and which of these ends a consumer group has passed. The newest
/// passed one is the moment up to which the group has taken every record of the topic.
///
/// One thread reads offsets; any thread may ask.
final class TakenMarks {
    /// The most ends that are waited for. A group that is further behind passes them before it gets new ones.
    private static final int MOST = 100;

    private record Mark(Moment time, Map<TopicPartition, Long> ends) {
        boolean isPassed(Map<TopicPartition, Long> taken) {
            return ends.entrySet().stream().allMatch(end -> taken.getOrDefault(end.getKey(), -1L) >= end.getValue());
        }
    }

    private final ArrayDeque<Mark> waiting = new ArrayDeque<>();
    private volatile Optional<Moment> passed = Optional.empty();

    /// Notes offsets of all partitions of the topic.
    ///
    /// @param before moment before the ends were read
    /// @param ends   offset after the last record
    /// @param taken  offset after the last record that the group has handled
    void note(Moment before, Map<TopicPartition, Long> ends, Map<TopicPartition, Long> taken) {
        if (!waiting.isEmpty() && waiting.getLast().ends().equals(ends)) {
            waiting.removeLast(); // nothing was added since, so the newer moment stands for both
        }
        if (waiting.size() < MOST) {
            waiting.add(new Mark(before, Map.copyOf(ends)));
        }
        while (!waiting.isEmpty() && waiting.getFirst().isPassed(taken)) {
            passed = Optional.of(waiting.removeFirst().time());
        }
    }

    /// Returns the moment up to which every record was taken; empty while no end has been passed.
    Optional<Moment> takenUpTo() {
        return passed;
    }
}
