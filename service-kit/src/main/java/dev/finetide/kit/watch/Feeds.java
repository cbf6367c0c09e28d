package dev.finetide.kit.watch;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.store.Notifications;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/// Serves the watches of one kind of resource. Notifications of the stores' transactions wake them; while nothing
/// happens they make no query. Any replica can serve a watch, whichever replica writes the updates. Thread-safe.
public final class Feeds<U> implements Notifications.Listener {
    /// The most updates that a store returns from one query.
    public static final int PAGE = 500;

    /// Reads the stored updates of a resource after a sequence, in order: at most [#PAGE], fewer only if these are all.
    public interface Stored<U> {
        List<U> after(String resource, long sequence);
    }

    private static final class Shared<U> {
        private final Feed<U> feed;
        private int viewers;

        Shared(Feed<U> feed) {
            this.feed = feed;
        }
    }

    private final Stored<U> stored;
    private final ToLongFunction<U> sequence;
    private final Predicate<String> ended;
    private final Map<String, Shared<U>> feeds = new HashMap<>();

    Feeds(Stored<U> stored, ToLongFunction<U> sequence, Predicate<String> ended) {
        this.stored = stored;
        this.sequence = sequence;
        this.ended = ended;
    }

    /// Returns feeds that look for updates whenever a transaction announces some.
    ///
    /// @param ended whether no further update of a resource can come
    public static <U> Feeds<U> wokenBy(
            Notifications notifications, Stored<U> stored, ToLongFunction<U> sequence, Predicate<String> ended) {
        Feeds<U> feeds = new Feeds<>(stored, sequence, ended);
        notifications.listen(Notifications.Channel.UPDATES, feeds);
        return feeds;
    }

    /// Returns the stored updates and then the new ones, until the resource has ended. The caller closes the watch.
    ///
    /// @param after sequence of the last update the client has
    /// @throws ApiException INVALID_FIELD for a negative sequence
    public WatchSource<U> watch(String resource, long after) {
        if (after < 0) {
            throw ApiException.invalidField("after_sequence", "expected 0 or more, got " + after);
        }
        return new Viewer(resource, enter(resource), after);
    }

    @Override
    public void notified(String resource) {
        find(resource).ifPresent(Feed::wake);
    }

    @Override
    public void resumed() {
        all().forEach(Feed::wake);
    }

    private synchronized Optional<Feed<U>> find(String resource) {
        return Optional.ofNullable(feeds.get(resource)).map(shared -> shared.feed);
    }

    private synchronized List<Feed<U>> all() {
        return feeds.values().stream().map(shared -> shared.feed).toList();
    }

    private synchronized Shared<U> enter(String resource) {
        Shared<U> shared = feeds.get(resource);
        if (shared == null || shared.feed.hasFailed()) {
            shared = new Shared<>(
                    new Feed<>(sequence -> stored.after(resource, sequence), sequence, () -> ended.test(resource)));
            feeds.put(resource, shared);
        }
        shared.viewers++;
        return shared;
    }

    private synchronized void leave(String resource, Shared<U> shared) {
        shared.viewers--;
        if (shared.viewers == 0) {
            shared.feed.abandon();
            feeds.remove(resource, shared);
        }
    }

    /// One client's watch. Reads pages by itself until it has caught up with the feed's memory.
    private final class Viewer implements WatchSource<U> {
        private final String resource;
        private final Shared<U> shared;
        private final Deque<U> page = new ArrayDeque<>();
        private long last;
        /// True if the last page reached the end of what was stored.
        private boolean hasRead;

        private boolean closed;

        Viewer(String resource, Shared<U> shared, long after) {
            this.resource = resource;
            this.shared = shared;
            this.last = after;
        }

        @Override
        public boolean hasNext() {
            try {
                while (page.isEmpty()) {
                    switch (shared.feed.after(last, hasRead)) {
                        case Feed.Step.Next<U>(U update) -> page.add(update);
                        case Feed.Step.Behind<U> _ -> {
                            page.addAll(stored.after(resource, last));
                            hasRead = page.size() < PAGE;
                        }
                        case Feed.Step.Over<U> _ -> {
                            return false;
                        }
                    }
                }
                return true;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
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

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                leave(resource, shared);
            }
        }
    }
}
