package dev.finetide.kit.metric;

import com.google.protobuf.Descriptors.EnumDescriptor;
import dev.finetide.kit.store.Database;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jboss.logging.Logger;

/// Shows values of the database as gauges. A scrape runs the one query once, however many gauges read it; nothing runs
/// while nobody scrapes. Every replica shows the same values: take `max`, not `sum`, over replicas.
///
/// Invariants: a key that the query does not return is 0. While the database is away every gauge is NaN, so that a
/// graph breaks off instead of showing the last value or 0. Keys are states and the like, never a resource's name.
public final class QueryGauges {
    private static final Logger LOG = Logger.getLogger(QueryGauges.class);
    private static final Duration ONE_SCRAPE = Duration.ofSeconds(1);

    private final Database database;
    private final MeterRegistry meters;
    private final String sql;
    private Map<String, Double> values = Map.of();
    private boolean known;
    private long readAt = System.nanoTime() - ONE_SCRAPE.toNanos();

    /// @param sql query that returns rows of `key` and `value`
    public QueryGauges(Database database, MeterRegistry meters, String sql) {
        this.database = database;
        this.meters = meters;
        this.sql = sql;
    }

    /// @param unit `seconds` or `bytes`; null for a count
    /// @param tags names and values, alternating
    public QueryGauges gauge(String name, String description, String unit, String key, String... tags) {
        Gauge.builder(name, this, gauges -> gauges.value(key))
                .description(description)
                .baseUnit(unit)
                .tags(tags)
                .strongReference(true) // nobody else holds this object, and a collected one reads as NaN
                .register(meters);
        return this;
    }

    /// Adds a gauge for each state of a resource, with the tag `state`; the state's name is the key.
    public QueryGauges states(String name, String description, EnumDescriptor states) {
        states.getValues().stream()
                .filter(state -> state.getNumber() != 0) // unspecified
                .forEach(state -> gauge(name, description, null, state.getName(), "state", state.getName()));
        return this;
    }

    /// Adds a gauge for each phase of the workers that hold a place; the phase's name is the key.
    public QueryGauges pods(String... phases) {
        for (String phase : phases) {
            gauge("finetide.gpu.pods", "Workers that hold a place", null, phase, "phase", phase);
        }
        return this;
    }

    private synchronized double value(String key) {
        if (System.nanoTime() - readAt >= ONE_SCRAPE.toNanos()) {
            read();
            readAt = System.nanoTime();
        }
        return known ? values.getOrDefault(key, 0.0) : Double.NaN;
    }

    private void read() {
        try {
            values = database.with(handle -> {
                Map<String, Double> read = new HashMap<>();
                handle.createQuery(sql)
                        .map((row, context) -> read.put(row.getString("key"), row.getDouble("value")))
                        .list();
                return read;
            });
            known = true;
        } catch (RuntimeException away) {
            known = false;
            LOG.warn("gauges cannot be read: " + away);
        }
    }
}
