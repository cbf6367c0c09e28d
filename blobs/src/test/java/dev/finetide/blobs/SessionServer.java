package dev.finetide.blobs;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An S3 server with sessions, on loopback. Its STS answers AssumeRoleWithWebIdentity and AssumeRole. Its bucket takes
/// calls of sessions that have not ended, each within its policy. The objects are those of a real S3 server behind it,
/// which does not check signatures.
public final class SessionServer implements AutoCloseable {
    private static final Pattern KEY_ID = Pattern.compile("Credential=([^/]+)/");
    private static final Set<String> NOT_PASSED_ON =
            Set.of("host", "connection", "content-length", "expect", "upgrade", "transfer-encoding", "te");

    private record Session(int number, Instant expires, Optional<SessionPolicy> policy) {
        String keyId() {
            return "ASIA" + number;
        }

        String token() {
            return "session-token-" + number;
        }
    }

    private final S3Server objects;
    private final HttpServer server;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Map<String, Session> sessions = new ConcurrentHashMap<>();
    private final AtomicInteger count = new AtomicInteger();
    private final List<String> identities = new CopyOnWriteArrayList<>();
    private volatile String accepted = "";
    private volatile Duration lifetime = Duration.ofHours(1);

    private SessionServer(S3Server objects, HttpServer server) {
        this.objects = objects;
        this.server = server;
    }

    public static SessionServer start(Path directory) throws Exception {
        HttpServer http = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        SessionServer server = new SessionServer(S3Server.open(directory), http);
        http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        http.createContext("/", server::answer);
        http.start();
        return server;
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /// Returns the store's URI as a service or a worker gets it.
    public URI uri(String bucketAndPrefix) {
        return URI.create("s3://" + bucketAndPrefix + "?endpoint=" + endpoint() + "&region=us-east-1&path-style=true");
    }

    /// Accepts one identity from now on, and no other.
    public void accept(String webIdentityToken) {
        accepted = webIdentityToken;
    }

    /// Makes later sessions last so long.
    public void lifetime(Duration duration) {
        lifetime = duration;
    }

    /// Ends all sessions.
    public void endSessions() {
        sessions.replaceAll((_, session) -> new Session(session.number(), Instant.EPOCH, session.policy()));
    }

    /// Returns the identities that asked for a session, in their order.
    public List<String> identities() {
        return identities;
    }

    private Session begin(Optional<SessionPolicy> policy) {
        Session made = new Session(
                count.incrementAndGet(), Instant.now().plus(lifetime).truncatedTo(ChronoUnit.SECONDS), policy);
        sessions.put(made.keyId(), made);
        return made;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            if (exchange.getRequestMethod().equals("POST")
                    && exchange.getRequestURI().getPath().equals("/")) {
                sts(exchange, form(new String(body, UTF_8)));
            } else {
                s3(exchange, body);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Map<String, String> form(String body) {
        Map<String, String> form = new TreeMap<>();
        for (String pair : body.split("&")) {
            int equals = pair.indexOf('=');
            form.put(pair.substring(0, equals), URLDecoder.decode(pair.substring(equals + 1), UTF_8));
        }
        return form;
    }

    private void sts(HttpExchange exchange, Map<String, String> form) throws IOException {
        String action = form.get("Action");
        Optional<SessionPolicy> policy = Optional.ofNullable(form.get("Policy")).map(SessionPolicy::of);
        if (action.equals("AssumeRoleWithWebIdentity")) {
            identities.add(form.get("WebIdentityToken"));
            if (!accepted.equals(form.get("WebIdentityToken"))) {
                stsError(
                        exchange, 400, "InvalidIdentityToken", "the token " + form.get("WebIdentityToken") + " is bad");
                return;
            }
        } else {
            Optional<String> trouble = trouble(exchange);
            if (trouble.isPresent()) {
                stsError(exchange, 403, "AccessDenied", trouble.get());
                return;
            }
        }
        Session made = begin(policy);
        send(exchange, 200, """
                <%1$sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%1$sResult><Credentials>\
                <AccessKeyId>%2$s</AccessKeyId><SecretAccessKey>%3$s</SecretAccessKey>\
                <SessionToken>%4$s</SessionToken><Expiration>%5$s</Expiration>\
                </Credentials></%1$sResult></%1$sResponse>""".formatted(
                        action, made.keyId(), "secret-" + made.number(), made.token(), made.expires()));
    }

    private static void stsError(HttpExchange exchange, int status, String code, String message) throws IOException {
        send(exchange, status, """
                <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>\
                <Code>%s</Code><Message>%s</Message></Error></ErrorResponse>""".formatted(code, message));
    }

    /// Returns why a call's session counts for nothing; empty if it counts.
    private Optional<String> trouble(HttpExchange exchange) {
        return session(exchange)
                .map(session -> session.expires().isAfter(Instant.now())
                        ? Optional.<String>empty()
                        : Optional.of("ExpiredToken"))
                .orElse(Optional.of("InvalidToken"));
    }

    private Optional<Session> session(HttpExchange exchange) {
        String authorization = Optional.ofNullable(exchange.getRequestHeaders().getFirst("Authorization"))
                .orElse("");
        Matcher key = KEY_ID.matcher(authorization);
        return Optional.ofNullable(key.find() ? sessions.get(key.group(1)) : null)
                .filter(session ->
                        session.token().equals(exchange.getRequestHeaders().getFirst("X-Amz-Security-Token")));
    }

    private void s3(HttpExchange exchange, byte[] body) throws IOException, InterruptedException {
        Optional<String> trouble = trouble(exchange);
        if (trouble.isPresent()) {
            s3Error(exchange, trouble.get().equals("ExpiredToken") ? 400 : 403, trouble.get());
            return;
        }
        Optional<SessionPolicy> policy = session(exchange).orElseThrow().policy();
        SessionPolicy.Call call =
                SessionPolicy.Call.of(exchange.getRequestMethod(), exchange.getRequestURI(), new String(body, UTF_8));
        if (policy.isPresent() && !policy.get().allows(call)) {
            s3Error(exchange, 403, "AccessDenied");
            return;
        }
        HttpResponse<byte[]> response = passOn(exchange, body);
        // S3 tells that an object is missing to those only who may list the whole bucket.
        if (response.statusCode() == 404 && policy.isPresent() && call.action().equals("s3:GetObject")) {
            s3Error(exchange, 403, "AccessDenied");
            return;
        }
        response.headers().map().forEach((name, values) -> {
            if (!NOT_PASSED_ON.contains(name.toLowerCase(Locale.ROOT))) {
                exchange.getResponseHeaders().put(name, values);
            }
        });
        if (exchange.getRequestMethod().equals("HEAD")) {
            response.headers()
                    .firstValue("content-length")
                    .ifPresent(length -> exchange.getResponseHeaders().set("Content-Length", length));
        }
        boolean bodyless = exchange.getRequestMethod().equals("HEAD") || response.body().length == 0;
        exchange.sendResponseHeaders(response.statusCode(), bodyless ? -1 : response.body().length);
        if (!bodyless) {
            exchange.getResponseBody().write(response.body());
        }
    }

    private HttpResponse<byte[]> passOn(HttpExchange exchange, byte[] body) throws IOException, InterruptedException {
        URI target = URI.create(objects.endpoint() + exchange.getRequestURI().toString());
        HttpRequest.Builder request = HttpRequest.newBuilder(target)
                .method(
                        exchange.getRequestMethod(),
                        body.length == 0
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofByteArray(body));
        exchange.getRequestHeaders().forEach((name, values) -> {
            String lower = name.toLowerCase(Locale.ROOT);
            if (!NOT_PASSED_ON.contains(lower)
                    && !lower.equals("authorization")
                    && !lower.equals("x-amz-security-token")) {
                values.forEach(value -> request.header(name, value));
            }
        });
        return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static void s3Error(HttpExchange exchange, int status, String code) throws IOException {
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(status, -1);
        } else {
            send(exchange, status, "<Error><Code>%s</Code><Message>no</Message></Error>".formatted(code));
        }
    }

    private static void send(HttpExchange exchange, int status, String xml) throws IOException {
        byte[] bytes = xml.getBytes(UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/xml");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() throws Exception {
        server.stop(0);
        objects.close();
    }
}
