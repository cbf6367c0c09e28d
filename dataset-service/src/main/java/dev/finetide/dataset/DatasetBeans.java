package dev.finetide.dataset;

import dev.finetide.blobs.BlobStore;
import dev.finetide.dataset.tokens.BaseTexts;
import dev.finetide.kit.catalog.GrpcCatalog;
import dev.finetide.kit.event.EventPublisher;
import dev.finetide.kit.store.Database;
import io.quarkus.opentelemetry.runtime.tracing.instrumentation.grpc.GrpcTracingClientInterceptor;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/// Puts the service together.
final class DatasetBeans {
    private DatasetBeans() {}

    @Produces
    @Singleton
    static DatasetIngest ingest(Database database, BlobStore blobs, EventPublisher publisher, Clock clock) {
        return new DatasetIngest(new PostgresDatasetStore(database), blobs, publisher, clock);
    }

    @Produces
    @Singleton
    static GrpcCatalog catalog(
            @ConfigProperty(name = "quarkus.grpc.server.port") int ownPort,
            @ConfigProperty(name = "finetide.registry.endpoint") String registry,
            GrpcTracingClientInterceptor traced) {
        return new GrpcCatalog("127.0.0.1:" + ownPort, registry, traced);
    }

    static void close(@Disposes GrpcCatalog catalog) {
        catalog.close();
    }

    @Produces
    @Singleton
    static BaseTexts baseTexts(GrpcCatalog catalog, BlobStore blobs) {
        return new BaseTexts(catalog::base, blobs);
    }

    static void close(@Disposes BaseTexts texts) {
        texts.close();
    }
}
