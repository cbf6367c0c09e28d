package dev.finetide.kit.event;

import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.Notifications;
import dev.finetide.kit.trace.EventSpans;
import dev.finetide.kit.trace.Traceparent;
import dev.finetide.proto.event.CloudEventHeaders;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;

/// Sends the outbox to Kafka, in order, and deletes a row only after the broker has acknowledged it. An event is sent
/// at least once, and never if its transaction was rolled back. An advisory lock keeps one relay active per schema,
/// because two would break the order within a resource.
///
/// Reads the rows that are present, never those "above the last id": ids commit out of order.
@Singleton
public final class OutboxRelay {
    private static final Logger LOG = Logger.getLogger(OutboxRelay.class);
    private static final int BATCH = 500;
    private static final int WAKE_UP_MS = 500;
    private static final int INBOX_KEPT_DAYS = 35; // longer than any topic's retention

    private record Row(
            long seq,
            String id,
            String topic,
            String key,
            String type,
            byte[] payload,
            OffsetDateTime time,
            String traceparent) {}

    private final Database database;
    private final Map<String, Object> broker;
    private final String source;
    private final EventSpans spans;
    private final MeterProvider<Counter> sent;
    private final Semaphore written = new Semaphore(0);
    private volatile boolean stopping;
    private Thread thread;

    public OutboxRelay(
            Database database,
            Notifications notifications,
            EventSpans spans,
            MeterRegistry meters,
            @Identifier(EventBeans.BROKER) Map<String, Object> broker,
            @ConfigProperty(name = "quarkus.application.name") String source) {
        this.database = database;
        this.spans = spans;
        this.broker = broker;
        this.source = source;
        this.sent = Counter.builder("finetide.outbox.events.sent")
                .description("Events that Kafka has acknowledged")
                .withRegistry(meters);
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
            } catch (Exception failure) {
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
            TimeUnit.MILLISECONDS.sleep(WAKE_UP_MS);
        }
        try {
            handle.execute("delete from inbox where received_at < now() - make_interval(days => ?)", INBOX_KEPT_DAYS);
            while (!stopping) {
                if (sendBatch(handle, producer) < BATCH) {
                    written.tryAcquire(WAKE_UP_MS, TimeUnit.MILLISECONDS);
                    written.drainPermits();
                }
            }
        } finally {
            // The connection goes back to the pool and must not keep the lock.
            handle.execute("select pg_advisory_unlock_all()");
        }
    }

    private int sendBatch(Handle handle, KafkaProducer<String, byte[]> producer)
            throws InterruptedException, ExecutionException, TimeoutException {
        List<Row> rows = handle.createQuery("select * from outbox order by seq limit " + BATCH)
                .map((result, context) -> new Row(
                        result.getLong("seq"),
                        result.getString("id"),
                        result.getString("aggregatetype"),
                        result.getString("aggregateid"),
                        result.getString("type"),
                        result.getBytes("payload"),
                        result.getObject("created_at", OffsetDateTime.class),
                        result.getString("traceparent")))
                .list();
        if (rows.isEmpty()) {
            return 0;
        }
        List<Future<RecordMetadata>> acknowledgements = new ArrayList<>(rows.size());
        List<Span> publications = new ArrayList<>();
        try {
            for (Row row : rows) {
                ProducerRecord<String, byte[]> record = record(row);
                trace(row, record).ifPresent(publications::add);
                acknowledgements.add(producer.send(record));
            }
            producer.flush();
            for (Future<RecordMetadata> acknowledgement : acknowledgements) {
                acknowledgement.get(60, TimeUnit.SECONDS);
            }
        } finally {
            publications.forEach(Span::end);
        }
        handle.createUpdate("delete from outbox where seq = any(:seqs)")
                .bindArray("seqs", Long.class, rows.stream().map(Row::seq).toList())
                .execute();
        // Counts by type: TrainingRunSucceeded and similar events show what the service has done.
        rows.forEach(row -> sent.withTag("type", row.type()).increment());
        return rows.size();
    }

    /// Returns the span of the row's publication. Results of single rows carry their trace without a span, because
    /// they are many.
    private Optional<Span> trace(Row row, ProducerRecord<String, byte[]> record) {
        if (row.traceparent().isEmpty()) {
            return Optional.empty();
        }
        Context cause = Traceparent.context(row.traceparent());
        if (row.topic().equals(Topics.EVALUATION_RESULTS)) {
            EventSpans.put(record.headers(), row.traceparent(), cause);
            return Optional.empty();
        }
        Span span = spans.publish(
                row.type(), row.topic(), row.key(), cause, row.time().toInstant());
        EventSpans.put(record.headers(), row.traceparent(), cause.with(span));
        return Optional.of(span);
    }

    private ProducerRecord<String, byte[]> record(Row row) {
        ProducerRecord<String, byte[]> record = new ProducerRecord<>(row.topic(), row.key(), row.payload());
        Map.of(
                        CloudEventHeaders.SPEC_VERSION,
                        CloudEventHeaders.SPEC_VERSION_1_0,
                        CloudEventHeaders.ID,
                        row.id(),
                        CloudEventHeaders.TYPE,
                        row.type(),
                        CloudEventHeaders.SOURCE,
                        "/" + source,
                        CloudEventHeaders.SUBJECT,
                        row.key(),
                        CloudEventHeaders.TIME,
                        row.time().toInstant().toString(),
                        "content-type",
                        "application/protobuf")
                .forEach((name, value) -> record.headers().add(name, value.getBytes(StandardCharsets.UTF_8)));
        return record;
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
