package dev.finetide.kit.trace;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Converts W3C's trace context (https://www.w3.org/TR/trace-context) to and from one line of text, for places that
/// store it: rows of the outbox, runs, specifications of workers. The line is empty while nobody traces. A text that
/// is no trace context counts as empty.
public final class Traceparent {
    private static final String NAME = "traceparent";

    private static final TextMapGetter<String> LINE = new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(String line) {
            return List.of(NAME);
        }

        @Override
        public String get(String line, String key) {
            return key.equals(NAME) ? line : null;
        }
    };

    private Traceparent() {}

    /// Returns the trace context of the work that this thread does now.
    public static String current() {
        return of(Context.current());
    }

    static String of(Context context) {
        Map<String, String> carrier = new HashMap<>();
        W3CTraceContextPropagator.getInstance().inject(context, carrier, Map::put);
        return carrier.getOrDefault(NAME, "");
    }

    /// Returns the context that continues a stored trace.
    public static Context context(String traceparent) {
        return W3CTraceContextPropagator.getInstance().extract(Context.root(), traceparent, LINE);
    }

    /// Runs `work` in a stored context, unless this thread is in a trace already. Work that a timer starts needs this.
    public static void within(String traceparent, Runnable work) {
        boolean traced = Span.current().getSpanContext().isValid();
        (traced ? work : context(traceparent).wrap(work)).run();
    }
}
