package dev.finetide.registry;

import dev.finetide.blobs.BlobStore;
import dev.finetide.kit.blob.BlobCollection;
import dev.finetide.kit.blob.CollectionTicker;
import dev.finetide.kit.event.EventPublisher;
import dev.finetide.kit.limit.Limits;
import dev.finetide.kit.store.Database;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.List;

/// Puts the service together, and runs the collection of blobs.
@Singleton
class RegistryBeans {
    @Produces
    @Singleton
    static Bases bases(Database database, BlobStore blobs, CollectionSettings settings, Limits limits, Clock clock) {
        return new Bases(
                new PostgresBaseStore(database),
                new PostgresModelStore(database),
                blobs,
                settings.grace(),
                limits,
                clock);
    }

    @Produces
    @Singleton
    static CollectionTicker collection(
            Database database, BlobStore blobs, CollectionSettings settings, MeterRegistry meters, Clock clock) {
        BaseBlobs owner = new BaseBlobs(new PostgresBaseStore(database), settings.grace());
        return new CollectionTicker(
                database,
                settings.every(),
                blobs,
                List.of(new BlobCollection(
                        blobs, BaseBlobs.PREFIX, BaseBlobs::file, settings.grace(), owner, meters, clock)));
    }

    void start(@Observes StartupEvent event, CollectionTicker collection) {
        collection.start();
    }

    void stop(@Observes ShutdownEvent event, CollectionTicker collection) throws InterruptedException {
        collection.close();
    }

    @Produces
    @Singleton
    static ProjectDirectory projects(Database database, EventPublisher publisher, Clock clock) {
        return new ProjectDirectory(new PostgresProjectStore(database), publisher, clock);
    }

    @Produces
    @Singleton
    static ModelRegistry registry(
            Database database,
            EventPublisher publisher,
            RegistrySettings policy,
            ApprovalSettings approval,
            ProjectDirectory projects,
            Clock clock) {
        ReviewRules settings = new ReviewRules(approval.own(), approval.reviewers());
        return new ModelRegistry(
                new PostgresModelStore(database),
                publisher,
                ApprovalPolicy.of(policy.metric(), policy.minImprovement(), policy.rules())
                        .within(policy.behaviour().orElse(List.of())),
                project -> settings.within(projects.reviewSettings(project)),
                clock);
    }
}
