package dev.finetide.registry;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.metric.QueryGauges;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.watch.WatchSource;
import dev.finetide.proto.model.v1.FileChunk;
import dev.finetide.proto.model.v1.ModelVersion.State;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.concurrent.Callable;

/// Meters for model versions by state, and for downloads.
///
/// Invariant: every download counts once, as `complete`, `broken` (the client left, the version was revoked
/// meanwhile, or bytes did not match their digest) or `refused` (unknown or not approved). Its bytes count under the
/// same result. Alert: `FinetideDownloadsBroken`.
@Singleton
final class RegistryMeters {
    private static final String QUERY =
            "select state as key, count(*)::float8 as value from model_versions group by state";

    private final MeterProvider<Counter> downloads;
    private final MeterProvider<Counter> bytes;

    RegistryMeters(MeterRegistry meters) {
        this.downloads = Counter.builder("finetide.registry.downloads")
                .description("Downloads of model files")
                .withRegistry(meters);
        this.bytes = Counter.builder("finetide.registry")
                .baseUnit("bytes")
                .description("Bytes of model files sent")
                .withRegistry(meters);
        // Counters start at 0, so that a rate includes the first download.
        List.of("complete", "broken", "refused").forEach(result -> count(result, 0, 0));
    }

    void register(@Observes StartupEvent start, Database database, MeterRegistry meters) {
        new QueryGauges(database, meters, QUERY)
                .states("finetide.model.versions", "Model versions", State.getDescriptor());
    }

    /// Counts the download that `opening` gives.
    WatchSource<FileChunk> counted(Callable<WatchSource<FileChunk>> opening) throws Exception {
        try {
            return new Counted(opening.call());
        } catch (ApiException refused) {
            count("refused", 1, 0);
            throw refused;
        }
    }

    private void count(String result, int files, long sent) {
        downloads.withTag("result", result).increment(files);
        bytes.withTag("result", result).increment(sent);
    }

    private final class Counted implements WatchSource<FileChunk> {
        private final WatchSource<FileChunk> chunks;
        private long sent;
        private boolean complete;

        Counted(WatchSource<FileChunk> chunks) {
            this.chunks = chunks;
        }

        @Override
        public boolean hasNext() {
            complete = !chunks.hasNext();
            return !complete;
        }

        @Override
        public FileChunk next() {
            FileChunk chunk = chunks.next();
            sent += chunk.getData().size();
            return chunk;
        }

        @Override
        public void close() {
            count(complete ? "complete" : "broken", 1, sent);
            chunks.close();
        }
    }
}
