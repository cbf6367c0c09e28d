package dev.finetide.registry;

import dev.finetide.blobs.BlobStore;
import dev.finetide.kit.event.EventPublisher;
import dev.finetide.kit.store.Database;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;

/// Puts the service together.
final class RegistryBeans {
    private RegistryBeans() {}

    @Produces
    @Singleton
    static Bases bases(Database database, BlobStore blobs, Clock clock) {
        return new Bases(new PostgresBaseStore(database), new PostgresModelStore(database), blobs, clock);
    }

    @Produces
    @Singleton
    static ModelRegistry registry(Database database, EventPublisher publisher, RegistrySettings policy, Clock clock) {
        return new ModelRegistry(
                new PostgresModelStore(database),
                publisher,
                ApprovalPolicy.of(policy.metric(), policy.minImprovement(), policy.rules()),
                clock);
    }
}
