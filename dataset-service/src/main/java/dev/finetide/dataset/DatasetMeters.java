package dev.finetide.dataset;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.metric.QueryGauges;
import dev.finetide.kit.store.Database;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.concurrent.Callable;

/// Meters for dataset versions and for the results of uploads.
///
/// Invariant: every upload counts once, as `published` (also if the same content existed), `refused` (the rows or
/// the settings are wrong) or `broken` (the client left, or a store was unreachable). Alert:
/// `FinetideUploadsBroken`.
@Singleton
final class DatasetMeters {
    private static final String QUERY = "select 'versions' as key, count(*)::float8 as value from dataset_versions";

    private final MeterProvider<Counter> uploads;

    DatasetMeters(MeterRegistry meters) {
        this.uploads = Counter.builder("finetide.dataset.uploads")
                .description("Uploads of dataset versions")
                .withRegistry(meters);
        // Counters start at 0, so that a rate includes the first upload.
        List.of("published", "refused", "broken")
                .forEach(result -> uploads.withTag("result", result).increment(0));
    }

    void register(@Observes StartupEvent start, Database database, MeterRegistry meters) {
        new QueryGauges(database, meters, QUERY)
                .gauge("finetide.dataset.versions", "Published dataset versions", null, "versions");
    }

    DatasetVersion counted(Callable<DatasetVersion> upload) throws Exception {
        String result = "broken";
        try {
            DatasetVersion published = upload.call();
            result = "published";
            return published;
        } catch (ApiException refused) {
            result = "refused";
            throw refused;
        } finally {
            uploads.withTag("result", result).increment();
        }
    }
}
