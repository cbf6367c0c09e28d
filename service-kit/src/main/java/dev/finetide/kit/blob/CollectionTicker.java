package dev.finetide.kit.blob;

import dev.finetide.blobs.BlobStore;
import dev.finetide.kit.attempt.Ticker;
import dev.finetide.kit.store.Database;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/// Collects a service's blobs from time to time, on one replica: what nothing needs, and more often
/// what dead writers left behind.
public final class CollectionTicker implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(CollectionTicker.class);

    /// Time between two looks for what dead writers left, which is a short list.
    private static final Duration LOOK = Duration.ofMinutes(5);

    private final Ticker ticker;

    /// @param every time between two collections
    public CollectionTicker(Database database, Duration every, BlobStore blobs, List<BlobCollection> collections) {
        this.ticker = new Ticker(
                "blob-collection",
                database,
                every.compareTo(LOOK) < 0 ? every : LOOK,
                new Task(blobs, collections, every, System::nanoTime));
    }

    public void start() {
        ticker.start();
    }

    @Override
    public void close() throws InterruptedException {
        ticker.close();
    }

    private interface Step {
        void run() throws IOException;
    }

    /// The work of one tick. Used by one thread.
    static final class Task implements Ticker.Task {
        private final BlobStore blobs;
        private final List<BlobCollection> collections;
        private final long everyNanos;
        private final LongSupplier nanoTime;
        private OptionalLong last = OptionalLong.empty();

        /// @param nanoTime clock that nobody sets, as [System#nanoTime]
        Task(BlobStore blobs, List<BlobCollection> collections, Duration every, LongSupplier nanoTime) {
            this.blobs = blobs;
            this.collections = List.copyOf(collections);
            this.everyNanos = every.toNanos();
            this.nanoTime = nanoTime;
        }

        @Override
        public void takeOver() {}

        /// Does each step, whatever becomes of those before.
        @Override
        public void tick() {
            attempt(blobs::deleteAbandoned);
            long now = nanoTime.getAsLong();
            if (last.isEmpty() || now - last.getAsLong() >= everyNanos) {
                last = OptionalLong.of(now);
                collections.forEach(collection -> attempt(collection::collect));
            }
        }

        private static void attempt(Step step) {
            try {
                step.run();
            } catch (IOException e) {
                LOG.warn("blobs not collected, trying again later reason=" + e.getMessage());
            }
        }
    }
}
