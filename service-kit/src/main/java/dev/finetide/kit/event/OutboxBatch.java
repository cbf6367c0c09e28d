package dev.finetide.kit.event;

import dev.finetide.kit.trace.EventSpans;
import dev.finetide.kit.trace.Traceparent;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;

/// Sends the rows of an outbox, batch by batch. Deletes a row only after the broker's acknowledgement, and parks a row
/// that fails alone, so that it stops no other row.
///
/// The events of one resource stay in order as long as none of them is parked; the later events of that resource go on
/// without a parked one. Used by one thread.
final class OutboxBatch {
    private static final Logger LOG = Logger.getLogger(OutboxBatch.class);
    private static final int SIZE = 500;
    private static final int STRIKES = 5;

    /// A row on its way to the broker.
    private record Sending(OutboxRow row, Future<RecordMetadata> acknowledgement, Optional<Span> span) {
        /// Returns whether the row has failed before anything was sent.
        boolean hasFailed() {
            return acknowledgement.isDone() && acknowledgement.state() == Future.State.FAILED;
        }
    }

    /// The rows of a batch by what became of them.
    private static final class Outcome {
        final List<OutboxRow> acknowledged = new ArrayList<>();
        final Map<OutboxRow, Throwable> refused = new HashMap<>();
        final Set<List<String>> broken = new HashSet<>();
        Optional<Throwable> away = Optional.empty();
    }

    private final EventSpans spans;
    private final String source;
    private final RefusedTopics topics;
    private final Consumer<OutboxRow> sent;
    private final Map<Long, Integer> strikes = new HashMap<>();

    /// @param source name of the service
    /// @param sent   receives each row that the broker has acknowledged
    OutboxBatch(EventSpans spans, String source, RefusedTopics topics, Consumer<OutboxRow> sent) {
        this.spans = spans;
        this.source = source;
        this.topics = topics;
        this.sent = sent;
    }

    /// Sends the first rows that wait. Returns whether there may be more.
    ///
    /// @throws ExecutionException the broker is away; the rows that it has not acknowledged stay
    boolean send(Handle handle, Producer<String, byte[]> producer)
            throws InterruptedException, ExecutionException, TimeoutException {
        List<OutboxRow> rows = OutboxRow.next(handle, topics.resting(), SIZE);
        if (rows.isEmpty()) {
            return false;
        }
        Outcome outcome = new Outcome();
        List<Sending> sendings = begin(rows, producer);
        try {
            producer.flush();
            for (Sending sending : sendings) {
                await(sending, outcome);
            }
        } finally {
            sendings.forEach(sending -> sending.span().ifPresent(Span::end));
        }
        delete(handle, outcome.acknowledged);
        outcome.refused.forEach((row, failure) -> park(handle, row, failure));
        topics.givenUp().forEach(topic -> parkAll(handle, topic));
        if (outcome.away.isPresent()) {
            throw new ExecutionException(outcome.away.get());
        }
        return rows.size() == SIZE;
    }

    /// Starts to send the rows, up to one that tells that the broker is away: each further row would wait as long for
    /// it. Leaves out the rows of a topic that has just refused one.
    private List<Sending> begin(List<OutboxRow> rows, Producer<String, byte[]> producer) {
        List<Sending> sendings = new ArrayList<>(rows.size());
        Set<String> refusing = new HashSet<>();
        for (OutboxRow row : rows) {
            if (!refusing.contains(row.topic())) {
                Sending sending = begin(row, producer);
                sendings.add(sending);
                if (sending.hasFailed()) {
                    switch (SendFailure.of(sending.acknowledgement().exceptionNow())) {
                        case OF_TOPIC -> refusing.add(row.topic());
                        case OF_BROKER -> {
                            return sendings;
                        }
                        case OF_ROW, UNCERTAIN -> {}
                    }
                }
            }
        }
        return sendings;
    }

    private Sending begin(OutboxRow row, Producer<String, byte[]> producer) {
        ProducerRecord<String, byte[]> record = row.record(source);
        Optional<Span> span = trace(row, record);
        try {
            return new Sending(row, producer.send(record), span);
        } catch (KafkaException refused) {
            return new Sending(row, CompletableFuture.failedFuture(refused), span);
        }
    }

    /// Returns the span of the row's publication. Results of single rows carry their trace without a span, because they
    /// are many.
    private Optional<Span> trace(OutboxRow row, ProducerRecord<String, byte[]> record) {
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

    private void await(Sending sending, Outcome outcome) throws InterruptedException, TimeoutException {
        OutboxRow row = sending.row();
        List<String> order = List.of(row.topic(), row.key());
        try {
            sending.acknowledgement().get(60, TimeUnit.SECONDS);
            topics.accepts(row.topic());
            if (!outcome.broken.contains(order)) { // else it is sent again, after the row that failed
                outcome.acknowledged.add(row);
            }
        } catch (ExecutionException e) {
            Throwable failure = e.getCause();
            switch (SendFailure.of(failure)) {
                case OF_ROW -> outcome.refused.put(row, failure);
                case OF_TOPIC -> topics.refuses(row.topic(), failure);
                case UNCERTAIN -> {
                    if (strikes.merge(row.seq(), 1, Integer::sum) >= STRIKES) {
                        outcome.refused.put(row, failure);
                    } else {
                        outcome.broken.add(order);
                        outcome.away = Optional.of(failure);
                    }
                }
                case OF_BROKER -> {
                    outcome.broken.add(order);
                    outcome.away = Optional.of(failure);
                }
            }
        }
    }

    private void delete(Handle handle, List<OutboxRow> acknowledged) {
        handle.createUpdate("delete from outbox where seq = any(:seqs)")
                .bindArray(
                        "seqs",
                        Long.class,
                        acknowledged.stream().map(OutboxRow::seq).toList())
                .execute();
        acknowledged.forEach(row -> {
            strikes.remove(row.seq());
            sent.accept(row);
        });
    }

    private void park(Handle handle, OutboxRow row, Throwable failure) {
        handle.createUpdate("update outbox set parked_at = now(), problem = :problem where seq = :seq")
                .bind("problem", problem(failure))
                .bind("seq", row.seq())
                .execute();
        strikes.remove(row.seq());
        LOG.errorf(
                "event parked, Kafka refuses it topic=%s type=%s resource=%s bytes=%d reason=%s",
                row.topic(), row.type(), row.key(), row.payload().length, problem(failure));
    }

    private void parkAll(Handle handle, String topic) {
        String problem = topics.problem(topic);
        int rows = handle.createUpdate("""
                        update outbox set parked_at = now(), problem = :problem
                        where aggregatetype = :topic and parked_at is null""")
                .bind("problem", problem)
                .bind("topic", topic)
                .execute();
        LOG.errorf("events parked, Kafka refuses their topic topic=%s events=%d reason=%s", topic, rows, problem);
    }

    /// Returns the kind of a failure, without the words of another program.
    static String problem(Throwable failure) {
        return (failure.getCause() == null ? failure : failure.getCause())
                .getClass()
                .getSimpleName();
    }
}
