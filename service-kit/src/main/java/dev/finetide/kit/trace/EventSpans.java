package dev.finetide.kit.trace;

import dev.finetide.proto.event.CloudEventHeaders;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/// Carries a trace across Kafka: one span where an event leaves the outbox, one where a service takes it. Names and
/// attributes are those of OpenTelemetry for messaging; no span carries a value. An event without a trace makes no
/// span.
@Singleton
public final class EventSpans {
    private static final String HEADER = "traceparent";

    /// The longest header that is read, in characters. W3C's has 55; its later versions may be longer.
    private static final int LONGEST_HEADER = 512;

    private final Tracer tracer;

    public EventSpans(Tracer tracer) {
        this.tracer = tracer;
    }

    /// Starts the span of an event's way to the broker, from the time when the event was written to the outbox. The
    /// caller ends the span.
    public Span publish(String type, String topic, String resource, Context parent, Instant written) {
        return tracer.spanBuilder("publish " + simple(type))
                .setParent(parent)
                .setSpanKind(SpanKind.PRODUCER)
                .setStartTimestamp(written)
                .setAttribute("messaging.system", "kafka")
                .setAttribute("messaging.operation.type", "send")
                .setAttribute("messaging.destination.name", topic)
                .setAttribute("finetide.resource", resource)
                .startSpan();
    }

    /// Puts both headers: the trace that caused the event, and the span of its publication.
    public static void put(Headers headers, String cause, Context publication) {
        headers.add(CloudEventHeaders.TRACEPARENT, cause.getBytes(StandardCharsets.UTF_8));
        headers.add(HEADER, Traceparent.of(publication).getBytes(StandardCharsets.UTF_8));
    }

    /// Handles a record within a span of its trace.
    public void process(ConsumerRecord<String, byte[]> record, Runnable handler) {
        Optional<Context> parent = parent(record);
        if (parent.isEmpty()) {
            handler.run();
            return;
        }
        Span span = tracer.spanBuilder(
                        "process " + simple(text(record, CloudEventHeaders.TYPE).orElse("event")))
                .setParent(parent.get())
                .setSpanKind(SpanKind.CONSUMER)
                .setAttribute("messaging.system", "kafka")
                .setAttribute("messaging.operation.type", "process")
                .setAttribute("messaging.destination.name", record.topic())
                .setAttribute("messaging.destination.partition.id", Integer.toString(record.partition()))
                .setAttribute("messaging.kafka.offset", record.offset())
                .setAttribute("finetide.resource", record.key() == null ? "" : record.key())
                .startSpan();
        try (Scope _ = span.makeCurrent()) {
            handler.run();
        } catch (RuntimeException failure) {
            span.setStatus(StatusCode.ERROR, failure.getClass().getName());
            throw failure;
        } finally {
            span.end();
        }
    }

    /// Handles a record in its trace but without a span of its own, for events that come by the thousand.
    public void continued(ConsumerRecord<String, byte[]> record, Runnable handler) {
        parent(record).map(context -> context.wrap(handler)).orElse(handler).run();
    }

    private static Optional<Context> parent(ConsumerRecord<?, ?> record) {
        return text(record, HEADER)
                .map(Traceparent::context)
                .filter(context -> Span.fromContext(context).getSpanContext().isValid());
    }

    private static Optional<String> text(ConsumerRecord<?, ?> record, String name) {
        Header header = record.headers().lastHeader(name);
        return Optional.ofNullable(header)
                .map(Header::value)
                .filter(value -> value.length <= LONGEST_HEADER)
                .map(value -> new String(value, StandardCharsets.UTF_8));
    }

    /// Returns the simple name: `TrainingRunSucceeded` for `finetide.training.v1.TrainingRunSucceeded`.
    private static String simple(String type) {
        return type.substring(type.lastIndexOf('.') + 1);
    }
}
