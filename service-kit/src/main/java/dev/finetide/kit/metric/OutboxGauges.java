package dev.finetide.kit.metric;

import dev.finetide.kit.store.Database;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/// Measures the events that wait in the outbox. Invariant: all gauges are 0 within a second while the broker answers,
/// except that of parked events, which somebody must look at (`FinetideOutboxParked`). Alert on the age, never on the
/// count (`FinetideOutboxStuck`): a burst is many rows for a moment, a broken relay is one row for ever.
@Singleton
final class OutboxGauges {
    private static final String QUERY = """
            select 'pending' as key, count(*)::float8 as value from outbox where parked_at is null
            union all
            select 'age', coalesce(greatest(extract(epoch from now() - min(created_at)), 0), 0)::float8
            from outbox where parked_at is null
            union all
            select 'parked', count(*)::float8 from outbox where parked_at is not null""";

    void register(@Observes StartupEvent start, Database database, MeterRegistry meters) {
        new QueryGauges(database, meters, QUERY)
                .gauge("finetide.outbox.pending", "Events written and not yet acknowledged by Kafka", null, "pending")
                .gauge("finetide.outbox.parked", "Events that Kafka refuses, kept until somebody acts", null, "parked")
                .gauge("finetide.outbox.oldest.age", "Age of the oldest event not yet acknowledged", "seconds", "age");
    }
}
