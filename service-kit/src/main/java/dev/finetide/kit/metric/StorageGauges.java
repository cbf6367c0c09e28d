package dev.finetide.kit.metric;

import dev.finetide.kit.store.StorageSpace;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/// Measures which disks are full: 1 for each that is, 0 for the others. Alert: `FinetideStorageFull`.
@Singleton
final class StorageGauges {
    void register(@Observes StartupEvent start, StorageSpace space, MeterRegistry meters) {
        for (String part : StorageSpace.PARTS) {
            Gauge.builder("finetide.storage.full", space, parts -> parts.full().contains(part) ? 1 : 0)
                    .description("Whether a disk that the service writes to is full")
                    .tag("part", part)
                    .strongReference(true)
                    .register(meters);
        }
    }
}
