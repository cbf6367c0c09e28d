package dev.finetide.dataset;

import dev.finetide.blobs.BlobStore;
import dev.finetide.dataset.ingest.VersionImport;
import dev.finetide.dataset.recipe.Derivation;
import dev.finetide.dataset.report.DatasetReports;
import dev.finetide.dataset.source.ByteRoom;
import dev.finetide.dataset.source.PostgresFileUploadStore;
import dev.finetide.dataset.source.SourceSettings;
import dev.finetide.dataset.source.Sources;
import dev.finetide.dataset.source.Staging;
import dev.finetide.dataset.tokens.BaseTexts;
import dev.finetide.kit.auth.OwnToken;
import dev.finetide.kit.catalog.GrpcCatalog;
import dev.finetide.kit.event.EventPublisher;
import dev.finetide.kit.limit.Limits;
import dev.finetide.kit.store.Database;
import io.quarkus.opentelemetry.runtime.tracing.instrumentation.grpc.GrpcTracingClientInterceptor;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.URI;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/// Puts the service together.
final class DatasetBeans {
    private DatasetBeans() {}

    @Produces
    @Singleton
    static ByteRoom room(Database database, Limits limits) {
        return new PostgresByteRoom(database, limits);
    }

    @Produces
    @Singleton
    static Staging staging(Database database, BlobStore blobs, ByteRoom room, Clock clock) {
        return new Staging(new PostgresFileUploadStore(database), blobs, room, clock);
    }

    @Produces
    @Singleton
    static Sources sources(
            Staging staging, DatasetSettings settings, @ConfigProperty(name = "finetide.blobs.uri") URI store)
            throws NoSuchAlgorithmException {
        return new Sources(
                staging,
                new SourceSettings(
                        settings.privateHosts().orElse(Set.of()),
                        settings.redirectHosts().orElse(Set.of()),
                        buckets(settings.s3Buckets().orElse(Set.of())),
                        store,
                        settings.largestBytes(),
                        settings.longest(),
                        SSLContext.getDefault()));
    }

    static void close(@Disposes Sources sources) throws IOException {
        sources.close();
    }

    @Produces
    @Singleton
    static VersionImport versions(BlobStore blobs, BaseTexts texts) {
        int threads = Runtime.getRuntime().availableProcessors();
        return new VersionImport(
                blobs,
                Executors.newFixedThreadPool(
                        threads, Thread.ofPlatform().name("rows-", 0).daemon().factory()),
                texts::lengths);
    }

    @Produces
    @Singleton
    static DatasetIngest ingest(
            Database database,
            BlobStore blobs,
            EventPublisher publisher,
            Clock clock,
            Staging staging,
            Sources sources,
            VersionImport versions,
            ByteRoom room,
            DatasetReports reports) {
        return new DatasetIngest(
                new PostgresDatasetStore(database),
                blobs,
                publisher,
                clock,
                staging,
                sources,
                versions,
                room,
                reports::onPublished);
    }

    @Produces
    @Singleton
    static DatasetReports.Inputs reportInputs(Database database, GrpcCatalog catalog) {
        DatasetStore store = new PostgresDatasetStore(database);
        return new DatasetReports.Inputs(name -> DatasetIngest.get(store, name), catalog::base);
    }

    @Produces
    @Singleton
    static Derivation derivation(DatasetIngest ingest, BlobStore blobs, Staging staging, BaseTexts texts) {
        return new Derivation(ingest, blobs, staging, texts::lengths);
    }

    /// Reads the names and locations of buckets: `tickets`,
    /// `s3://tickets?endpoint=URL&path-style=true`, or `*`.
    private static Map<String, URI> buckets(Set<String> words) {
        Map<String, URI> buckets = new LinkedHashMap<>();
        for (String word : words) {
            URI uri = URI.create(word.startsWith("s3://") ? word : word.equals("*") ? "" : "s3://" + word);
            buckets.put(uri.getAuthority() == null ? word : uri.getAuthority(), uri);
        }
        return buckets;
    }

    @Produces
    @Singleton
    static GrpcCatalog catalog(
            @ConfigProperty(name = "quarkus.grpc.server.port") int ownPort,
            @ConfigProperty(name = "finetide.registry.endpoint") String registry,
            GrpcTracingClientInterceptor traced,
            OwnToken own) {
        return new GrpcCatalog("127.0.0.1:" + ownPort, registry, traced, own);
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
