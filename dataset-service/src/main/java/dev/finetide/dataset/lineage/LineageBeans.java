package dev.finetide.dataset.lineage;

import dev.finetide.blobs.BlobStore;
import dev.finetide.dataset.report.DatasetReports;
import dev.finetide.kit.blob.BlobCollection;
import dev.finetide.kit.blob.CollectionTicker;
import dev.finetide.kit.event.EventPublisher;
import dev.finetide.kit.store.Database;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.List;

/// Makes the objects that keep tags, deletions and blobs, and runs the collection of blobs.
@Singleton
class LineageBeans {
    /// Segments of the folder of a version: datasets/{project}/{dataset}/{id}/.
    private static final int VERSION_SEGMENTS = 4;
    /// Segments of the folder of an uploaded file: uploads/{project}/{id}/.
    private static final int UPLOAD_SEGMENTS = 3;
    /// Segments of the folder of a report: datasetReports/{project}/{id}/.
    private static final int REPORT_SEGMENTS = 3;

    @Produces
    @Singleton
    static PostgresVersionUsers users(Database database) {
        return new PostgresVersionUsers(database);
    }

    @Produces
    @Singleton
    static PostgresDatasetTags tags(Database database, EventPublisher publisher, Clock clock) {
        return new PostgresDatasetTags(database, publisher, clock);
    }

    @Produces
    @Singleton
    static PostgresVersionDeletion deletion(
            Database database,
            PostgresVersionUsers users,
            EventPublisher publisher,
            Clock clock,
            DatasetReports reports) {
        return new PostgresVersionDeletion(database, users, publisher, clock, reports::onDeleted);
    }

    @Produces
    @Singleton
    static CollectionTicker collection(
            Database database, BlobStore blobs, CollectionSettings settings, MeterRegistry meters, Clock clock) {
        PostgresVersionBlobs kept = new PostgresVersionBlobs(database, settings.grace(), clock);
        return new CollectionTicker(
                database,
                settings.every(),
                blobs,
                List.of(
                        new BlobCollection(
                                blobs, "datasets/", VERSION_SEGMENTS, settings.grace(), kept::versions, meters, clock),
                        new BlobCollection(
                                blobs, "uploads/", UPLOAD_SEGMENTS, settings.grace(), kept::uploads, meters, clock),
                        new BlobCollection(
                                blobs,
                                "datasetReports/",
                                REPORT_SEGMENTS,
                                settings.grace(),
                                kept::reports,
                                meters,
                                clock)));
    }

    void start(@Observes StartupEvent event, CollectionTicker collection) {
        collection.start();
    }

    void stop(@Observes ShutdownEvent event, CollectionTicker collection) throws InterruptedException {
        collection.close();
    }
}
