package dev.finetide.kit.event;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import dev.finetide.kit.error.FatalErrors;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.trace.EventSpans;
import dev.finetide.proto.event.CloudEventHeaders;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jboss.logging.Logger;

/// Takes the events of every consumer: parses each one and handles it only once by its `ce_id`, in one transaction with
/// what the handler writes. While the database is away the record waits. A record that cannot be handled goes to the
/// dead-letter topic, and the partition goes on.
@Singleton
public final class EventInbox {
    private static final Logger LOG = Logger.getLogger(EventInbox.class);

    /// The index of the inbox holds texts of up to 2,700 bytes.
    private static final Pattern EVENT_ID = Pattern.compile("[\\x21-\\x7e]{1,200}");

    private final Database database;
    private final EventSpans spans;
    private final MeterProvider<Counter> duplicates;
    private final MeterProvider<Counter> deadLetters;

    public EventInbox(Database database, EventSpans spans, MeterRegistry meters) {
        this.database = database;
        this.spans = spans;
        this.duplicates = Counter.builder("finetide.consumer.duplicates")
                .description("Events delivered again and not handled again")
                .withRegistry(meters);
        this.deadLetters = Counter.builder("finetide.dlq.records")
                .description("Records that went to a dead-letter topic")
                .withRegistry(meters);
    }

    /// Handles an event whose `ce_id` makes it unique.
    ///
    /// @throws PoisonRecordException the record goes to the dead-letter topic
    public <E> void once(ConsumerRecord<String, byte[]> record, Parser<E> parser, Consumer<E> handler) {
        Header id = record.headers().lastHeader(CloudEventHeaders.ID);
        if (id == null || id.value() == null) {
            throw poison(record, "no_id", "has no ce_id header");
        }
        String eventId = new String(id.value(), StandardCharsets.UTF_8);
        if (!EVENT_ID.matcher(eventId).matches()) {
            throw poison(record, "no_id", "has a ce_id header of other characters, or of more than 200");
        }
        spans.process(
                record,
                () -> handle(
                        record,
                        parser,
                        event -> database.transact(() -> {
                            if (isNew(eventId)) {
                                handler.accept(event);
                            } else {
                                duplicates.withTag("topic", record.topic()).increment();
                            }
                            return null;
                        })));
    }

    /// Handles an event that is fenced by its own content (worker events: epoch and sequence).
    ///
    /// @param authentic whether the event comes from whom it says
    /// @throws PoisonRecordException the record goes to the dead-letter topic
    public <E> void fenced(
            ConsumerRecord<String, byte[]> record, Parser<E> parser, Predicate<E> authentic, Consumer<E> handler) {
        spans.continued(record, () -> {
            if (!authentic.test(parse(record, parser))) {
                throw poison(record, "forged", "has no seal of the worker that it names");
            }
            handle(record, parser, handler);
        });
    }

    private <E> void handle(ConsumerRecord<String, byte[]> record, Parser<E> parser, Consumer<E> handler) {
        E event = parse(record, parser);
        for (int tries = 1; ; tries++) {
            try {
                handler.accept(event);
                return;
            } catch (RuntimeException | Error failure) {
                FatalErrors.endProcessAfter(failure);
                if (!Database.isUnavailable(failure)) {
                    LOG.errorf(
                            failure,
                            "event not handled topic=%s partition=%d offset=%d",
                            record.topic(),
                            record.partition(),
                            record.offset());
                    throw poison(
                            record,
                            "unhandled",
                            "could not be handled: " + failure.getClass().getName());
                }
                LOG.warnf(
                        "database away, event waits topic=%s partition=%d offset=%d",
                        record.topic(), record.partition(), record.offset());
                pause(tries);
            }
        }
    }

    private <E> E parse(ConsumerRecord<String, byte[]> record, Parser<E> parser) {
        if (record.value() == null) {
            throw poison(record, "no_value", "has no value");
        }
        try {
            return parser.parseFrom(record.value());
        } catch (InvalidProtocolBufferException e) {
            throw poison(record, "unparsable", "is not the topic's message: " + e.getMessage());
        }
    }

    /// Counts a record that is certain to go to the dead letters. Alert: any (`FinetideDeadLetters`).
    private PoisonRecordException poison(ConsumerRecord<?, ?> record, String reason, String problem) {
        deadLetters.withTags("topic", record.topic(), "reason", reason).increment();
        return new PoisonRecordException(record, problem);
    }

    private boolean isNew(String eventId) {
        return database.with(handle -> handle.createUpdate(
                                "insert into inbox (event_id) values (:id) on conflict do nothing")
                        .bind("id", eventId)
                        .execute())
                == 1;
    }

    private static void pause(int tries) {
        try {
            TimeUnit.MILLISECONDS.sleep(Math.min(5_000, 250L << Math.min(tries, 5)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("stopped while the database was away", e);
        }
    }
}
