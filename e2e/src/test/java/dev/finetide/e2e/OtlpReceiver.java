package dev.finetide.e2e;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/// Collects spans that arrive by OTLP over HTTP. The fields that tests ask about are read by their numbers in
/// `opentelemetry/proto/trace/v1/trace.proto`.
final class OtlpReceiver implements AutoCloseable {
    /// @param service `service.name` of the process that made it
    /// @param parent  span id; empty for the first of a trace
    record Span(String trace, String id, String parent, String name, String service) {}

    private final HttpServer server;
    private final List<Span> spans = new CopyOnWriteArrayList<>();

    OtlpReceiver() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/traces", this::take);
        server.start();
    }

    String endpoint() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    List<Span> spans() {
        return List.copyOf(spans);
    }

    /// The spans of one trace that have come so far.
    Trail trail(String trace) {
        return new Trail(
                spans.stream().filter(span -> span.trace().equals(trace)).toList());
    }

    /// @param spans of one trace
    record Trail(List<Span> spans) {
        Span find(String service, String name, String parent) {
            return spans.stream()
                    .filter(span -> span.service().equals(service)
                            && span.name().equals(name)
                            && span.parent().equals(parent))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(
                            "no span " + name + " of " + service + " below " + parent + " in " + spans));
        }

        List<String> names() {
            return spans.stream().map(Span::name).toList();
        }
    }

    private void take(HttpExchange exchange) throws IOException {
        byte[] request = exchange.getRequestBody().readAllBytes();
        for (UnknownFieldSet resourceSpans : messages(UnknownFieldSet.parseFrom(request), 1)) {
            String service = serviceName(resourceSpans);
            for (UnknownFieldSet scopeSpans : messages(resourceSpans, 2)) {
                for (UnknownFieldSet span : messages(scopeSpans, 2)) {
                    spans.add(new Span(hex(span, 1), hex(span, 2), hex(span, 4), text(span, 5), service));
                }
            }
        }
        exchange.sendResponseHeaders(200, -1);
        exchange.close();
    }

    private static String serviceName(UnknownFieldSet resourceSpans) throws InvalidProtocolBufferException {
        for (UnknownFieldSet resource : messages(resourceSpans, 1)) {
            for (UnknownFieldSet attribute : messages(resource, 1)) {
                if (text(attribute, 1).equals("service.name")) {
                    return text(messages(attribute, 2).getFirst(), 1);
                }
            }
        }
        return "";
    }

    private static List<UnknownFieldSet> messages(UnknownFieldSet message, int field)
            throws InvalidProtocolBufferException {
        List<UnknownFieldSet> messages = new ArrayList<>();
        for (ByteString bytes : message.getField(field).getLengthDelimitedList()) {
            messages.add(UnknownFieldSet.parseFrom(bytes));
        }
        return messages;
    }

    private static Optional<ByteString> bytes(UnknownFieldSet message, int field) {
        return message.getField(field).getLengthDelimitedList().stream().findFirst();
    }

    private static String hex(UnknownFieldSet message, int field) {
        return bytes(message, field)
                .map(bytes -> HexFormat.of().formatHex(bytes.toByteArray()))
                .orElse("");
    }

    private static String text(UnknownFieldSet message, int field) {
        return bytes(message, field).map(ByteString::toStringUtf8).orElse("");
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
