package dev.finetide.kit.watch;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;

/// Stores one resource's updates in memory, and counts its queries. An update is its own sequence.
final class StoredUpdates {
    final AtomicInteger pagesRead = new AtomicInteger();
    final AtomicInteger endsAsked = new AtomicInteger();
    private final ConcurrentSkipListMap<Long, Long> updates = new ConcurrentSkipListMap<>();
    private volatile boolean ended;
    private volatile Optional<RuntimeException> failure = Optional.empty();

    Feeds<Long> feeds() {
        return new Feeds<>((_, sequence) -> after(sequence), Long::longValue, _ -> hasEnded());
    }

    /// Adds updates up to this sequence.
    void appendUpTo(long sequence) {
        long next = newest() + 1;
        for (; next <= sequence; next++) {
            updates.put(next, next);
        }
    }

    void end() {
        ended = true;
    }

    void failOnce(RuntimeException with) {
        failure = Optional.of(with);
    }

    long newest() {
        return updates.isEmpty() ? 0 : updates.lastKey();
    }

    private List<Long> after(long sequence) {
        pagesRead.incrementAndGet();
        if (failure.isPresent()) {
            RuntimeException once = failure.get();
            failure = Optional.empty();
            throw once;
        }
        return updates.tailMap(sequence, false).values().stream()
                .limit(Feeds.PAGE)
                .toList();
    }

    private boolean hasEnded() {
        endsAsked.incrementAndGet();
        return ended;
    }
}
