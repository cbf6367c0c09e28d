package dev.finetide.dataset;

import dev.finetide.blobs.InMemoryBlobStore;
import dev.finetide.dataset.ingest.VersionImport;
import dev.finetide.dataset.source.SourceSettings;
import dev.finetide.dataset.source.Sources;
import dev.finetide.dataset.source.Staging;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.event.RecordingPublisher;
import dev.finetide.kit.time.ManualClock;
import java.net.URI;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;

/// The main-path class of the service with stores in memory.
final class IngestStage {
    private static final URI STORE = URI.create("s3://docs/finetide");

    private static final ExecutorService PARSERS =
            Executors.newFixedThreadPool(2, Thread.ofPlatform().daemon().factory());

    final InMemoryDatasetStore store = new InMemoryDatasetStore();
    final InMemoryBlobStore blobs = new InMemoryBlobStore();
    final RecordingPublisher publisher = new RecordingPublisher();
    final ManualClock clock = new ManualClock();
    final Staging staging = new Staging(new InMemoryFileUploadStore(), blobs, (_, _, _) -> {}, clock);
    final DatasetIngest ingest;

    IngestStage() {
        this(Map.of());
    }

    /// @param buckets places of the buckets that may be read, by their names
    IngestStage(Map<String, URI> buckets) {
        ingest = new DatasetIngest(
                store,
                blobs,
                publisher,
                clock,
                staging,
                new Sources(staging, settings(buckets)),
                new VersionImport(blobs, PARSERS, limit -> {
                    throw ApiException.invalidField("length", "is not known here");
                }),
                (_, _, _) -> {},
                _ -> {});
    }

    private static SourceSettings settings(Map<String, URI> buckets) {
        try {
            return new SourceSettings(
                    Set.of(), Set.of(), buckets, STORE, 1 << 30, Duration.ofMinutes(1), SSLContext.getDefault());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
