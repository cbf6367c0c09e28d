package dev.finetide.kit.event;

import dev.finetide.kit.error.FatalErrors;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.Notifications;
import dev.finetide.kit.trace.EventSpans;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;

/// Sends the outbox to Kafka, in order, and deletes a row only after the broker has acknowledged it ([OutboxBatch]). An
/// event is sent at least once, and never if its transaction was rolled back. An advisory lock keeps one relay active
/// per schema, because two would break the order within a resource.
///
/// Reads the rows that are present, never those "above the last id": ids commit out of order.
@Singleton
public final class OutboxRelay {
    private static final Logger LOG = Logger.getLogger(OutboxRelay.class);
    private static final int WAKE_UP_MS = 500;
    private static final int INBOX_KEPT_DAYS = 35; // longer than any topic's retention

    /// Time between two tries of a topic that refuses. A try blocks the other rows for MAX_BLOCK_MS.
    private static final Duration TOPICS_REST = Duration.ofSeconds(15);

    private static final Duration COUNT_EVERY = Duration.ofSeconds(5);

    private static final Duration TOPICS_GIVEN_UP_AFTER = Duration.ofMinutes(1);

    private final Database database;
    private final Map<String, Object> broker;
    private final String source;
    private final OutboxBatch batch;
    private final Semaphore written = new Semaphore(0);
    private volatile boolean stopping;
    private volatile long parked;
    private long countedAt = System.nanoTime() - COUNT_EVERY.toNanos();
    private Thread thread;

    public OutboxRelay(
            Database database,
            Notifications notifications,
            EventSpans spans,
            MeterRegistry meters,
            @Identifier(EventBeans.BROKER) Map<String, Object> broker,
            @ConfigProperty(name = "quarkus.application.name") String source) {
        this.database = database;
        this.broker = broker;
        this.source = source;
        MeterProvider<Counter> sent = Counter.builder("finetide.outbox.events.sent")
                .description("Events that Kafka has acknowledged")
                .withRegistry(meters);
        // Counts by type: TrainingRunSucceeded and similar events show what the service has done.
        this.batch = new OutboxBatch(
                spans,
                source,
                new RefusedTopics(TOPICS_REST, TOPICS_GIVEN_UP_AFTER, System::nanoTime),
                row -> sent.withTag("type", row.type()).increment());
        notifications.listen(Notifications.Channel.OUTBOX, new Notifications.Listener() {
            @Override
            public void notified(String payload) {
                written.release();
            }

            @Override
            public void resumed() {
                written.release();
            }
        });
    }

    void start(@Observes StartupEvent event) {
        thread = Thread.ofPlatform().name("outbox-relay").daemon().start(this::run);
    }

    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        stopping = true;
        thread.interrupt();
        thread.join(3_000);
    }

    private void run() {
        while (!stopping) {
            try (Handle handle = database.open();
                    KafkaProducer<String, byte[]> producer = producer()) {
                relay(handle, producer);
            } catch (InterruptedException e) {
                return;
            } catch (Exception | Error failure) {
                FatalErrors.endProcessAfter(failure);
                if (stopping) {
                    return;
                }
                // The broker or the database is away: rows stay, and the next round sends them.
                LOG.warn("outbox relay interrupted, trying again: " + failure);
                pause();
            }
        }
    }

    private void relay(Handle handle, KafkaProducer<String, byte[]> producer)
            throws InterruptedException, ExecutionException, TimeoutException {
        while (!handle.createQuery("select pg_try_advisory_lock(hashtext('outbox_' || current_schema()))")
                .mapTo(Boolean.class)
                .one()) {
            count(handle);
            TimeUnit.MILLISECONDS.sleep(WAKE_UP_MS);
        }
        try {
            handle.execute("delete from inbox where received_at < now() - make_interval(days => ?)", INBOX_KEPT_DAYS);
            while (!stopping) {
                count(handle);
                if (!batch.send(handle, producer)) {
                    written.tryAcquire(WAKE_UP_MS, TimeUnit.MILLISECONDS);
                    written.drainPermits();
                }
            }
        } finally {
            // The connection goes back to the pool and must not keep the lock.
            handle.execute("select pg_advisory_unlock_all()");
        }
    }

    /// Counts the parked rows for the health check, which must not wait for the database.
    private void count(Handle handle) {
        if (System.nanoTime() - countedAt >= COUNT_EVERY.toNanos()) {
            parked = handle.createQuery("select count(*) from outbox where parked_at is not null")
                    .mapTo(Long.class)
                    .one();
            countedAt = System.nanoTime();
        }
    }

    /// Returns the number of events that Kafka refuses, as of a few seconds ago.
    long parked() {
        return parked;
    }

    private KafkaProducer<String, byte[]> producer() {
        Map<String, Object> settings = new HashMap<>(broker);
        settings.put(ProducerConfig.CLIENT_ID_CONFIG, source + "-outbox");
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        settings.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 10_000);
        settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 10_000);
        settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 30_000);
        settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, RecordSizes.LARGEST_RECORD);
        return new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
    }

    private void pause() {
        try {
            TimeUnit.SECONDS.sleep(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
