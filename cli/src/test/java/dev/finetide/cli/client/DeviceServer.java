package dev.finetide.cli.client;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/// An OIDC server that answers what a test says.
public final class DeviceServer implements AutoCloseable {
    /// An answer of the token address.
    public record Answer(int status, String body) {}

    /// Answers of the token address, the next first.
    public final Deque<Answer> answers = new ConcurrentLinkedDeque<>();

    /// Forms that the token address got.
    public final List<Map<String, String>> forms = new CopyOnWriteArrayList<>();

    /// Tokens that were revoked.
    public final List<String> revoked = new CopyOnWriteArrayList<>();

    public volatile String invitation = "{\"device_code\": \"d-1\", \"user_code\": \"ABCD-EFGH\", \"verification_uri\":"
            + " \"https://login.example.com/device\", \"expires_in\": 30, \"interval\": 1}";

    private final HttpServer server;

    public DeviceServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext(
                "/.well-known/openid-configuration",
                request -> answer(
                        request,
                        new Answer(
                                200,
                                "{\"issuer\": \"%1$s\", \"device_authorization_endpoint\": \"%1$s/device\", \"token_endpoint\": \"%1$s/token\", \"revocation_endpoint\": \"%1$s/revoke\"}"
                                        .formatted(url()))));
        server.createContext("/device", request -> answer(request, new Answer(200, invitation)));
        server.createContext("/token", request -> {
            forms.add(form(request));
            Answer next = answers.poll();
            answer(request, next == null ? refusal("invalid_request") : next);
        });
        server.createContext("/revoke", request -> {
            revoked.add(form(request).get("token"));
            answer(request, new Answer(200, ""));
        });
        server.start();
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    public static Answer refusal(String error) {
        return new Answer(400, "{\"error\": \"%s\", \"error_description\": \"because\"}".formatted(error));
    }

    /// Returns an answer with a signed access token.
    ///
    /// @param seconds time that it is valid
    public Answer tokens(String subject, long seconds, String refreshToken) {
        return new Answer(
                200,
                "{\"access_token\": \"%s\", \"token_type\": \"Bearer\", \"refresh_token\": \"%s\", \"expires_in\": %d}"
                        .formatted(token(subject, seconds), refreshToken, seconds));
    }

    public String token(String subject, long seconds) {
        long now = Instant.now().getEpochSecond();
        String claims = "{\"iss\":\"%s\",\"sub\":\"%s\",\"iat\":%d,\"exp\":%d}"
                .formatted(url(), subject, now - 1, now + seconds);
        return encoded("{\"alg\":\"RS256\"}") + "." + encoded(claims) + "." + encoded("signature");
    }

    private static String encoded(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Map<String, String> form(HttpExchange request) throws IOException {
        Map<String, String> form = new LinkedHashMap<>();
        for (String field : new String(request.getRequestBody().readAllBytes(), StandardCharsets.UTF_8).split("&")) {
            String[] sides = field.split("=", 2);
            form.put(sides[0], URLDecoder.decode(sides[1], StandardCharsets.UTF_8));
        }
        return form;
    }

    private static void answer(HttpExchange request, Answer answer) throws IOException {
        byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
        request.sendResponseHeaders(answer.status(), bytes.length == 0 ? -1 : bytes.length);
        request.getResponseBody().write(bytes);
        request.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
