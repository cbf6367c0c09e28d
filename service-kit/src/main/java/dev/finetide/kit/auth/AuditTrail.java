package dev.finetide.kit.auth;

import dev.finetide.kit.event.EventPublisher;
import dev.finetide.kit.event.Topics;
import dev.finetide.kit.store.Database;
import dev.finetide.proto.audit.v1.AuditEvent;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/// Writes audit entries that no change's transaction writes: denied calls, and changes without an
/// event, such as a file that was uploaded. Entries of changes with an event are written by
/// [dev.finetide.kit.event.Outbox] in the change's own transaction. Entries wait in memory for the
/// database, at most 10,000; a flood beyond that is counted (`finetide.audit.dropped`) and stands
/// in the log alone. Denied calls take half of those places at most: everybody can make them, and
/// so nobody hides a change behind them. Thread-safe.
@Singleton
public final class AuditTrail implements CallWitness {
    private static final Logger LOG = Logger.getLogger(AuditTrail.class);
    private static final int MOST_WAITING = 10_000;

    private final int mostDenied;
    private final Database database;
    private final EventPublisher events;
    private final Clock clock;
    private final Counter dropped;
    private final ThreadPoolExecutor writer;

    @Inject
    AuditTrail(Database database, EventPublisher events, Clock clock, MeterRegistry meters) {
        this(database, events, clock, meters, MOST_WAITING);
    }

    AuditTrail(Database database, EventPublisher events, Clock clock, MeterRegistry meters, int mostWaiting) {
        this.mostDenied = mostWaiting / 2;
        this.database = database;
        this.events = events;
        this.clock = clock;
        this.dropped = Counter.builder("finetide.audit.dropped")
                .description("Audit entries that only the log has, because too many waited")
                .register(meters);
        this.writer = new ThreadPoolExecutor(
                1,
                1,
                1,
                TimeUnit.MINUTES,
                new ArrayBlockingQueue<>(mostWaiting),
                Thread.ofPlatform().daemon().name("audit").factory(),
                (entry, full) -> dropped.increment());
        writer.allowCoreThreadTimeOut(true);
    }

    /// Ends when the entries that wait are written, or after two seconds.
    @PreDestroy
    void stop() throws InterruptedException {
        writer.shutdown();
        if (!writer.awaitTermination(2, TimeUnit.SECONDS)) {
            LOG.warnf(
                    "%d audit entries are not written, because the service stops",
                    writer.getQueue().size());
        }
    }

    /// Writes that a call was denied.
    @Override
    public void denied(CallRecord call, String reason) {
        if (writer.getQueue().size() < mostDenied) {
            write(call.denial(reason, clock.instant()));
        } else {
            dropped.increment();
        }
    }

    /// Writes that a call has changed something, unless its transaction has written that.
    @Override
    public void changed(CallRecord call) {
        if (!call.isTold()) {
            write(call.change(call.resource(), "", clock.instant()));
        }
    }

    private void write(AuditEvent entry) {
        writer.execute(() -> {
            try {
                database.transact(() -> {
                    events.publish(Topics.AUDIT, key(entry), entry);
                    return null;
                });
            } catch (RuntimeException failure) {
                dropped.increment();
                LOG.errorf("audit entry not written method=%s: %s", entry.getMethod(), failure.getMessage());
            }
        });
    }

    /// Returns the record's key; the outbox has none that is empty.
    public static String key(AuditEvent entry) {
        return entry.getResource().isEmpty() ? entry.getMethod() : entry.getResource();
    }
}
