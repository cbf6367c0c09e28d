package dev.finetide.kit.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventSpansTest {
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String CAUSE = "00-" + TRACE + "-b7ad6b7169203331-01";
    private static final String TYPE = "finetide.training.v1.TrainingRunSucceeded";

    private final InMemorySpanExporter exporter = InMemorySpanExporter.create();
    private final SdkTracerProvider tracers = SdkTracerProvider.builder()
            .addSpanProcessor(SimpleSpanProcessor.create(exporter))
            .build();
    private final EventSpans spans = new EventSpans(tracers.get("test"));
    private final ConsumerRecord<String, byte[]> event =
            new ConsumerRecord<>("finetide.training.v1", 1, 7, "projects/default/trainingRuns/1", new byte[0]);
    private final List<String> handled = new ArrayList<>();

    EventSpansTest() {
        event.headers().add("ce_type", TYPE.getBytes(StandardCharsets.UTF_8));
    }

    @AfterEach
    void close() {
        tracers.close();
    }

    @Test
    void aTraceCrossesTheTopic() {
        Context cause = Traceparent.context(CAUSE);
        Span publication =
                spans.publish(TYPE, "finetide.training.v1", "projects/default/trainingRuns/1", cause, Instant.now());
        EventSpans.put(event.headers(), CAUSE, cause.with(publication));
        publication.end();

        spans.process(event, () -> handled.add(Traceparent.current()));

        SpanData published = exporter.getFinishedSpanItems().getFirst();
        SpanData processed = exporter.getFinishedSpanItems().getLast();
        assertThat(published.getName()).isEqualTo("publish TrainingRunSucceeded");
        assertThat(published.getKind()).isEqualTo(SpanKind.PRODUCER);
        assertThat(published.getParentSpanId()).isEqualTo("b7ad6b7169203331");
        assertThat(processed.getName()).isEqualTo("process TrainingRunSucceeded");
        assertThat(processed.getTraceId()).isEqualTo(TRACE);
        assertThat(processed.getParentSpanId()).isEqualTo(published.getSpanId());
        assertThat(handled).containsExactly("00-" + TRACE + "-" + processed.getSpanId() + "-01");
        assertThat(new String(event.headers().lastHeader("ce_traceparent").value(), StandardCharsets.UTF_8))
                .isEqualTo(CAUSE);
    }

    @Test
    void whatFailsIsAnErrorInTheTraceAndForTheCaller() {
        event.headers().add("traceparent", CAUSE.getBytes(StandardCharsets.UTF_8));

        assertThatThrownBy(() -> spans.process(event, () -> {
                    throw new IllegalStateException("its text stays out of the trace");
                }))
                .isInstanceOf(IllegalStateException.class);

        SpanData processed = exporter.getFinishedSpanItems().getFirst();
        assertThat(processed.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        assertThat(processed.getStatus().getDescription()).isEqualTo("java.lang.IllegalStateException");
        assertThat(processed.getEvents()).isEmpty();
    }

    @Test
    void whatIsContinuedMakesNoSpan() {
        event.headers().add("traceparent", CAUSE.getBytes(StandardCharsets.UTF_8));

        spans.continued(event, () -> handled.add(Traceparent.current()));

        assertThat(handled).containsExactly(CAUSE);
        assertThat(exporter.getFinishedSpanItems()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "none", "00-00000000000000000000000000000000-0000000000000000-01", "\u0000\u0000"})
    void anEventOfNobodysTraceIsHandledWithoutASpan(String header) {
        event.headers().add("traceparent", header.getBytes(StandardCharsets.UTF_8));

        spans.process(event, () -> handled.add(Traceparent.current()));
        spans.continued(event, () -> handled.add(Traceparent.current()));

        assertThat(handled).containsExactly("", "");
        assertThat(exporter.getFinishedSpanItems()).isEmpty();
    }

    @Test
    void aKeptContextYieldsToTheOneThatIsThere() {
        String other = CAUSE.replace("b7ad", "0001");

        Traceparent.within(CAUSE, () -> handled.add(Traceparent.current()));
        Traceparent.context(other)
                .wrap(() -> Traceparent.within(CAUSE, () -> handled.add(Traceparent.current())))
                .run();
        Traceparent.within("", () -> handled.add(Traceparent.current()));

        assertThat(handled).containsExactly(CAUSE, other, "");
    }
}
