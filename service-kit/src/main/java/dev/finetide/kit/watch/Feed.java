package dev.finetide.kit.watch;

import dev.finetide.kit.error.FatalErrors;
import dev.finetide.kit.store.Database;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;
import java.util.function.ToLongFunction;
import org.jboss.logging.Logger;

/// Gives the updates of one resource to all its viewers in this process. After a wake-up one thread reads the new
/// updates, once, and every viewer that has caught up takes them from memory. Memory holds the newest updates only; a
/// viewer that is further behind reads pages from the store by itself. Thread-safe.
final class Feed<U> {
    private static final Logger LOG = Logger.getLogger(Feed.class);
    private static final int KEPT = 500;
    private static final int RETRY_MS = 500;

    /// The next thing that a viewer does.
    sealed interface Step<U> {
        /// Hands out an update.
        record Next<U>(U update) implements Step<U> {}

        /// Reads a page from the store, because memory does not reach back that far.
        record Behind<U>() implements Step<U> {}

        /// Ends, because no further update can come.
        record Over<U>() implements Step<U> {}
    }

    private final LongFunction<List<U>> pageAfter;
    private final ToLongFunction<U> sequence;
    private final BooleanSupplier ended;

    /// All stored updates after `from`, up to `last`, by sequence; nothing is known before the feed has begun.
    private final NavigableMap<Long, U> recent = new TreeMap<>();

    private boolean begun;
    private long from;
    private long last;
    private boolean unread;
    private boolean reading;
    private boolean over;
    private boolean abandoned;
    private Optional<RuntimeException> failure = Optional.empty();

    /// @param pageAfter stored updates after a sequence, in order, at most [Feeds#PAGE]
    /// @param ended     whether no further update can come; asked before the updates are read to their end
    Feed(LongFunction<List<U>> pageAfter, ToLongFunction<U> sequence, BooleanSupplier ended) {
        this.pageAfter = pageAfter;
        this.sequence = sequence;
        this.ended = ended;
    }

    /// Waits until there is something to do for a viewer.
    ///
    /// @param at      sequence of the last update that the viewer has
    /// @param hasRead whether the viewer has just read the store to its end
    synchronized Step<U> after(long at, boolean hasRead) throws InterruptedException {
        if (hasRead && !reaches(at) && recent.isEmpty()) {
            beginAfter(at);
        }
        while (failure.isEmpty()) {
            if (!reaches(at)) {
                return new Step.Behind<>();
            }
            Map.Entry<Long, U> next = recent.higherEntry(at);
            if (next != null) {
                return new Step.Next<>(next.getValue());
            }
            if (over) {
                return new Step.Over<>();
            }
            wait();
        }
        throw failure.get();
    }

    /// Reads new updates on a thread of its own, unless no viewer has caught up yet.
    synchronized void wake() {
        unread = true;
        if (begun && !reading && !abandoned) {
            reading = true;
            Thread.ofVirtual().name("feed").start(this::read);
        }
    }

    /// Stops reading, because the last viewer has left.
    synchronized void abandon() {
        abandoned = true;
    }

    synchronized boolean hasFailed() {
        return failure.isPresent();
    }

    private boolean reaches(long at) {
        return begun && at >= from;
    }

    /// Begins the feed, or begins it again at an earlier place, because a client may have named a sequence that the
    /// resource has not reached. Updates that were written since the viewer's own reading are read now.
    private void beginAfter(long at) {
        begun = true;
        from = at;
        last = at;
        over = false;
        wake();
    }

    private void read() {
        while (beginReading()) {
            try {
                readToTheEnd();
            } catch (RuntimeException | Error problem) {
                FatalErrors.endProcessAfter(problem);
                if (!Database.isUnavailable(problem)) {
                    fail(problem);
                    return;
                }
                LOG.warn("updates cannot be read, trying again: " + problem);
                pause();
                wake();
            }
        }
    }

    private synchronized boolean beginReading() {
        reading = unread && !abandoned;
        unread = false;
        return reading;
    }

    private void readToTheEnd() {
        boolean hasEnded = ended.getAsBoolean();
        List<U> page;
        long after;
        do {
            after = last();
            page = pageAfter.apply(after);
        } while (keep(after, page) && page.size() >= Feeds.PAGE);
        finishReading(hasEnded);
    }

    private synchronized long last() {
        return last;
    }

    /// @return false if the feed has meanwhile begun again at an earlier place, so that this page is not the next one
    private synchronized boolean keep(long after, List<U> page) {
        if (after != last) {
            return false;
        }
        for (U update : page) {
            last = sequence.applyAsLong(update);
            recent.put(last, update);
            if (recent.size() > KEPT) {
                from = recent.pollFirstEntry().getKey();
            }
        }
        notifyAll();
        return true;
    }

    private synchronized void finishReading(boolean hasEnded) {
        // A viewer that began the feed again waits for a reading of its own.
        over = hasEnded && !unread;
        notifyAll();
    }

    private synchronized void fail(Throwable problem) {
        failure = Optional.of(
                problem instanceof RuntimeException known ? known : new IllegalStateException("feed failed", problem));
        notifyAll();
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(RETRY_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
