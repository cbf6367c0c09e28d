package dev.finetide.kit.blob;

import dev.finetide.blobs.BlobStore;
import dev.finetide.kit.attempt.Ticker;
import dev.finetide.kit.store.Database;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jboss.logging.Logger;

/// Collects a service's blobs from time to time, on one replica: what dead writers left behind, and
/// what nothing needs.
public final class CollectionTicker implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(CollectionTicker.class);

    private final Ticker ticker;

    public CollectionTicker(Database database, Duration every, BlobStore blobs, List<BlobCollection> collections) {
        this.ticker = new Ticker("blob-collection", database, every, new Task(blobs, List.copyOf(collections)));
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

    private record Task(BlobStore blobs, List<BlobCollection> collections) implements Ticker.Task {
        @Override
        public void takeOver() {}

        /// Does each step, whatever becomes of those before.
        @Override
        public void tick() {
            attempt(blobs::deleteAbandoned);
            collections.forEach(collection -> attempt(collection::collect));
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
