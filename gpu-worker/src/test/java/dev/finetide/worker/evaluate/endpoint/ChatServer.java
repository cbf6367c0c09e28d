package dev.finetide.worker.evaluate.endpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/// A real HTTP server that speaks chat completions, or that behaves as a test says.
public final class ChatServer implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    /// The way in which a request is answered.
    public interface Behaviour {
        /// @param number number of the request, counted from 1
        /// @param request body of the request
        Response answer(int number, JsonNode request);
    }

    /// @param headers further headers
    public record Response(int status, String type, byte[] body, Map<String, String> headers) {
        public static Response json(int status, String body) {
            return new Response(status, "application/json", body.getBytes(StandardCharsets.UTF_8), Map.of());
        }

        public Response with(String header, String value) {
            return new Response(status, type, body, Map.of(header, value));
        }
    }

    /// A response that never comes.
    public static final Response SILENCE = new Response(0, "", new byte[0], Map.of());

    /// A connection that is closed instead of an answer.
    public static final Response HANG_UP = new Response(-1, "", new byte[0], Map.of());

    public final List<JsonNode> requests = new CopyOnWriteArrayList<>();
    public final List<String> authorizations = new CopyOnWriteArrayList<>();
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final AtomicInteger count = new AtomicInteger();
    private volatile Behaviour behaviour;

    public ChatServer(Behaviour behaviour) throws IOException {
        this.behaviour = behaviour;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/chat/completions", this::handle);
        server.setExecutor(threads);
        server.start();
    }

    public void behave(Behaviour other) {
        behaviour = other;
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
    }

    /// Returns a usual answer of 7 tokens after a prompt of 50.
    public static Response saying(String content) {
        return Response.json(200, """
                {"id": "x", "object": "chat.completion", "choices": [{"index": 0, "finish_reason": "stop",
                 "message": {"role": "assistant", "content": %s}}],
                 "usage": {"prompt_tokens": 50, "completion_tokens": 7, "total_tokens": 57}}
                """.formatted(JSON.valueToTree(content)));
    }

    /// Returns the text of the last turn of a request.
    public static String question(JsonNode request) {
        JsonNode messages = request.path("messages");
        return messages.path(messages.size() - 1).path("content").asText();
    }

    private void handle(HttpExchange exchange) throws IOException {
        JsonNode request = JSON.readTree(exchange.getRequestBody());
        requests.add(request);
        authorizations.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
        Response response = behaviour.answer(count.incrementAndGet(), request);
        if (response == SILENCE) {
            awaitClose();
        }
        if (response.status() <= 0) {
            exchange.close();
            return;
        }
        exchange.getResponseHeaders().set("Content-Type", response.type());
        response.headers().forEach(exchange.getResponseHeaders()::set);
        exchange.sendResponseHeaders(response.status(), response.body().length == 0 ? -1 : response.body().length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(response.body());
        }
    }

    private void awaitClose() {
        try {
            closed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
