package dev.finetide.kit.watch;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;
import java.util.function.ToLongFunction;

/// The updates of one resource after a sequence number: what is stored, then what comes, until the resource has ended.
/// Reads the store in pages, so that any replica can serve a client that reconnects.
public final class Updates<U> implements WatchStream.Source<U> {
    private static final long POLL_MS = 200;

    private final LongFunction<List<U>> pageAfter;
    private final ToLongFunction<U> sequence;
    private final BooleanSupplier ended;
    private final Deque<U> page = new ArrayDeque<>();
    private long last;

    /// @param after     sequence of the last update the client has
    /// @param pageAfter stored updates after a sequence, in order, some hundreds at most
    /// @param ended     whether no further update can come; asked before the page that shows there is none
    public Updates(long after, LongFunction<List<U>> pageAfter, ToLongFunction<U> sequence, BooleanSupplier ended) {
        this.last = after;
        this.pageAfter = pageAfter;
        this.sequence = sequence;
        this.ended = ended;
    }

    @Override
    public boolean hasNext() {
        while (page.isEmpty()) {
            boolean over = ended.getAsBoolean();
            page.addAll(pageAfter.apply(last));
            if (page.isEmpty()) {
                if (over) {
                    return false;
                }
                try {
                    TimeUnit.MILLISECONDS.sleep(POLL_MS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return false;
                }
            }
        }
        return true;
    }

    @Override
    public U next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        U update = page.poll();
        last = sequence.applyAsLong(update);
        return update;
    }
}
