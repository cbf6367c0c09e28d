package dev.finetide.worker;

import io.grpc.ClientInterceptor;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import java.io.IOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/// The worker's part of the run's trace: one span for the attempt, and spans for its parts below it. The trace
/// continues the one in the environment's `TRACEPARENT` (W3C). Spans are exported by OTLP as
/// `OTEL_EXPORTER_OTLP_ENDPOINT` and OpenTelemetry's other variables say; without an endpoint, nothing is exported and
/// the trace is only passed on. Used by one thread.
final class Trace implements AutoCloseable {
    private static final String HEADER = "traceparent";

    private static final TextMapGetter<Map<String, String>> ENVIRONMENT = new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(Map<String, String> environment) {
            return environment.keySet();
        }

        @Override
        public String get(Map<String, String> environment, String key) {
            return key.equals(HEADER) ? environment.get("TRACEPARENT") : null;
        }
    };

    /// A part of the attempt.
    interface Work<T> {
        T run() throws IOException;
    }

    private final OpenTelemetry telemetry;
    private final Tracer tracer;
    private final Span attempt;

    private Trace(OpenTelemetry telemetry, String task, Context parent) {
        this.telemetry = telemetry;
        this.tracer = telemetry.getTracer("gpu-worker");
        this.attempt = tracer.spanBuilder("worker " + task)
                .setParent(parent)
                .setSpanKind(SpanKind.CONSUMER)
                .startSpan();
    }

    /// Begins the attempt's span.
    ///
    /// @param task "train" or "evaluate"
    static Trace start(String task, Map<String, String> environment) {
        Context parent = W3CTraceContextPropagator.getInstance().extract(Context.root(), environment, ENVIRONMENT);
        String endpoint = environment.getOrDefault("OTEL_EXPORTER_OTLP_ENDPOINT", "");
        return new Trace(endpoint.isEmpty() ? OpenTelemetry.noop() : sdk(environment), task, parent);
    }

    private static OpenTelemetry sdk(Map<String, String> environment) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "otel.service.name", "gpu-worker", "otel.metrics.exporter", "none", "otel.logs.exporter", "none"));
        environment.forEach((name, value) -> {
            if (name.startsWith("OTEL_")) {
                settings.put(name.toLowerCase(Locale.ROOT).replace('_', '.'), value);
            }
        });
        return AutoConfiguredOpenTelemetrySdk.builder()
                .addPropertiesSupplier(() -> settings)
                .disableShutdownHook()
                .build()
                .getOpenTelemetrySdk();
    }

    /// Sets the attributes of the attempt's span, which are known after the claim.
    void describe(String resource, int number, long epoch) {
        attempt.setAttribute("finetide.resource", resource)
                .setAttribute("finetide.attempt", number)
                .setAttribute("finetide.epoch", epoch);
    }

    void failed(String reason) {
        attempt.setStatus(StatusCode.ERROR, reason);
    }

    /// Runs a part of the attempt within its own span.
    <T> T inSpan(String name, Work<T> work) throws IOException {
        Context above = Span.current().getSpanContext().isValid()
                ? Context.current()
                : Context.root().with(attempt);
        Span span = tracer.spanBuilder(name).setParent(above).startSpan();
        try (Scope _ = span.makeCurrent()) {
            return work.run();
        } catch (IOException | RuntimeException failure) {
            span.setStatus(StatusCode.ERROR, failure.getClass().getName());
            throw failure;
        } finally {
            span.end();
        }
    }

    /// Returns the attempt's trace context in W3C's form, or an empty text without a trace.
    String traceparent() {
        Map<String, String> carrier = new HashMap<>();
        W3CTraceContextPropagator.getInstance().inject(Context.root().with(attempt), carrier, Map::put);
        return carrier.getOrDefault(HEADER, "");
    }

    /// Returns an interceptor that passes the trace context on to every called service.
    ClientInterceptor clientInterceptor() {
        Metadata headers = new Metadata();
        String traceparent = traceparent();
        if (!traceparent.isEmpty()) {
            headers.put(Metadata.Key.of(HEADER, Metadata.ASCII_STRING_MARSHALLER), traceparent);
        }
        return MetadataUtils.newAttachHeadersInterceptor(headers);
    }

    /// Ends the attempt's span and hands over what is not exported yet; a collector that is away is waited for as long
    /// as its exporter does.
    @Override
    public void close() {
        attempt.end();
        if (telemetry instanceof OpenTelemetrySdk sdk) {
            sdk.close();
        }
    }
}
