package dev.finetide.embedded;

import java.io.IOException;
import java.net.CookieManager;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The OIDC server of `.ci/oidc`, a real one with one user, `olga`. Tests are skipped if it was not built.
public final class RealOidcServer implements AutoCloseable {
    public static final String CLIENT = "finetide-cli";

    private static final Path PROGRAM = Path.of(
            Optional.ofNullable(System.getenv("XDG_CACHE_HOME")).orElse(System.getenv("HOME") + "/.cache"),
            "finetide-oidc",
            "oidc-server");
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final int port;
    private final Process process;

    private RealOidcServer(int port, Process process) {
        this.port = port;
        this.process = process;
    }

    /// Tells whether the server is built; if not, prints the reason in one line.
    public static boolean isBuilt() {
        boolean built = Files.isExecutable(PROGRAM);
        if (!built) {
            System.out.println("skipped: no OIDC server, .ci/run makes it from .ci/oidc");
        }
        return built;
    }

    /// Starts a server, and returns when it answers.
    ///
    /// @param port  port on loopback
    /// @param life  time that an access token is valid
    /// @param roles roles of its user, `PROJECT:ROLE` with commas
    public static RealOidcServer start(int port, Duration life, String roles) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(PROGRAM.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("PORT", Integer.toString(port));
        builder.environment().put("TOKEN_SECONDS", Long.toString(life.toSeconds()));
        builder.environment().put("ROLES", roles);
        RealOidcServer server = new RealOidcServer(port, builder.start());
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!server.isThere()) {
            if (System.nanoTime() > end || !server.process.isAlive()) {
                server.close();
                throw new IOException("the OIDC server does not answer on port " + port);
            }
        }
        return server;
    }

    private boolean isThere() {
        try {
            Thread.sleep(20);
            return get(client(), "keys").contains("kid");
        } catch (IOException notYet) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    public static String issuer(int port) {
        return "http://127.0.0.1:" + port + "/";
    }

    public String issuer() {
        return issuer(port);
    }

    /// Signs with another key from now on, and lists that one alone.
    public void rotate() throws IOException {
        post(client(), "test/rotate", Map.of());
    }

    /// Logs the user in, as a browser does, and answers the question for a device.
    ///
    /// @param allows what the user says
    public void answer(String userCode, boolean allows) throws IOException {
        HttpClient browser = client();
        post(browser, "device/login", Map.of("user_code", userCode, "username", "olga", "password", "verysecure"));
        get(browser, "device/confirm?action=" + (allows ? "allowed" : "denied"));
    }

    /// Returns an access token of the user.
    public String token() throws IOException {
        HttpClient client = client();
        String begun =
                post(client, "device_authorization", Map.of("client_id", CLIENT, "scope", "openid offline_access"));
        answer(field(begun, "user_code"), true);
        String answer = post(
                client,
                "oauth/token",
                Map.of(
                        "client_id",
                        CLIENT,
                        "grant_type",
                        "urn:ietf:params:oauth:grant-type:device_code",
                        "device_code",
                        field(begun, "device_code")));
        return field(answer, "access_token");
    }

    private static String field(String json, String name) throws IOException {
        Matcher found = Pattern.compile("\"" + name + "\":\"([^\"]+)\"").matcher(json);
        if (!found.find()) {
            throw new IOException("no " + name + " in the answer");
        }
        return found.group(1);
    }

    private static HttpClient client() {
        return HttpClient.newBuilder().cookieHandler(new CookieManager()).build();
    }

    private String get(HttpClient client, String path) throws IOException {
        return sent(client, HttpRequest.newBuilder(URI.create(issuer() + path)).GET());
    }

    private String post(HttpClient client, String path, Map<String, String> form) throws IOException {
        String body = form.entrySet().stream()
                .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        return sent(
                client,
                HttpRequest.newBuilder(URI.create(issuer() + path))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(BodyPublishers.ofString(body)));
    }

    private static String sent(HttpClient client, HttpRequest.Builder request) throws IOException {
        try {
            var answer = client.send(request.timeout(PATIENCE).build(), BodyHandlers.ofString());
            if (answer.statusCode() != HttpURLConnection.HTTP_OK) {
                throw new IOException(answer.uri() + " answered " + answer.statusCode() + " " + answer.body());
            }
            return answer.body();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }
}
