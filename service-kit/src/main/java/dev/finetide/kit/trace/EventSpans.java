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

/// How a trace crosses Kafka: one span where an event leaves the outbox, one where a service takes it. Names and
/// attributes are OpenTelemetry's for messaging; no span carries a value. Events of nobody's trace make no span.
@Singleton
public final class EventSpans {
    private static final String HEADER = "traceparent";

    /// W3C's is 55 characters; later versions of it may be longer.
    private static final int LONGEST_HEADER = 512;

    private final Tracer tracer;

    public EventSpans(Tracer tracer) {
        this.tracer = tracer;
    }

    /// The span of an event on its way to the broker, since it was written to the outbox; the caller ends it.
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

    /// Puts both headers: what brought the event about, and its publication.
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

    /// Handles a record of its trace without a span of its own: for what comes by the thousand.
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

    /// `TrainingRunSucceeded` of `finetide.training.v1.TrainingRunSucceeded`.
    private static String simple(String type) {
        return type.substring(type.lastIndexOf('.') + 1);
    }
}
