package dev.finetide.kit.metric;

import dev.finetide.kit.store.Database;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/// Measures the events that wait in the outbox. Invariant: both gauges are 0 within a second while the broker answers.
/// Alert on the age, never on the count (`FinetideOutboxStuck`): a burst is many rows for a moment, a broken relay is
/// one row for ever.
@Singleton
final class OutboxGauges {
    private static final String QUERY = """
            select 'pending' as key, count(*)::float8 as value from outbox
            union all
            select 'age', coalesce(greatest(extract(epoch from now() - min(created_at)), 0), 0)::float8 from outbox""";

    void register(@Observes StartupEvent start, Database database, MeterRegistry meters) {
        new QueryGauges(database, meters, QUERY)
                .gauge("finetide.outbox.pending", "Events written and not yet acknowledged by Kafka", null, "pending")
                .gauge("finetide.outbox.oldest.age", "Age of the oldest event not yet acknowledged", "seconds", "age");
    }
}
