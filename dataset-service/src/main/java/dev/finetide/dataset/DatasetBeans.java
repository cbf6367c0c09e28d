package dev.finetide.dataset;

import dev.finetide.blobs.BlobStore;
import dev.finetide.kit.event.EventPublisher;
import dev.finetide.kit.store.Database;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;

/// Puts the service together.
final class DatasetBeans {
    private DatasetBeans() {}

    @Produces
    @Singleton
    static DatasetIngest ingest(Database database, BlobStore blobs, EventPublisher publisher, Clock clock) {
        return new DatasetIngest(new PostgresDatasetStore(database), blobs, publisher, clock);
    }
}
