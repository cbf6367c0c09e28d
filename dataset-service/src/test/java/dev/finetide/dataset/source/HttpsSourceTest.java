package dev.finetide.dataset.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.errors.v1.ErrorReason;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HttpsSourceTest {
    @TempDir
    private static Path directory;

    private final byte[] content = new byte[300_000];
    private HttpsServerStage server;
    private HttpsSource source;

    @BeforeEach
    void start() throws Exception {
        new Random(1).nextBytes(content);
        server = HttpsServerStage.start(directory);
        source = new HttpsSource(settings(Set.of("localhost"), 1 << 20));
    }

    @AfterEach
    void stop() throws IOException {
        source.close();
        server.close();
        directory.resolve("server.p12").toFile().delete();
    }

    private SourceSettings settings(Set<String> privateHosts, long largest) {
        return new SourceSettings(
                privateHosts,
                Set.of("127.0.0.1"),
                Map.of(),
                URI.create("file:///blobs"),
                largest,
                Duration.ofMinutes(1),
                server.tls());
    }

    private byte[] read(String path) throws IOException {
        try (InputStream in = source.open(URI.create(server.uri(path)))) {
            return in.readAllBytes();
        }
    }

    private ApiException refused(String path) {
        return catchThrowableOfType(ApiException.class, () -> read(path));
    }

    /// Answers a request for the content from some byte on, and ends the connection after at most `length` bytes.
    private void send(HttpExchange exchange, String etag, int length) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        int from = range == null ? 0 : Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
        boolean same = from == 0 || etag.equals(exchange.getRequestHeaders().getFirst("If-Range"));
        exchange.getResponseHeaders().add("ETag", etag);
        int begin = same ? from : 0;
        exchange.sendResponseHeaders(begin == 0 ? 200 : 206, content.length - begin);
        OutputStream out = exchange.getResponseBody();
        out.write(content, begin, Math.min(length, content.length - begin));
        out.flush();
    }

    @Test
    void aConnectionThatBreaksGoesOnAtTheSameByte() throws IOException {
        AtomicInteger requests = new AtomicInteger();
        server.serve("/rows.jsonl", exchange -> {
            requests.incrementAndGet();
            send(exchange, "\"a\"", 100_000);
        });
        assertThat(Arrays.equals(read("/rows.jsonl"), content)).isTrue();
        assertThat(requests).hasValue(3);
    }

    @Test
    void aSourceThatChangesWhileItIsReadIsRefused() {
        AtomicInteger requests = new AtomicInteger();
        server.serve("/rows.jsonl", exchange -> send(exchange, "\"" + requests.incrementAndGet() + "\"", 100_000));
        ApiException refused = refused("/rows.jsonl?signature=secret");
        assertThat(refused.reason()).isEqualTo(ErrorReason.DEPENDENCY_UNAVAILABLE);
        assertThat(refused.getMessage())
                .isEqualTo("https://localhost/rows.jsonl changed while it was read, after 100000 bytes");
    }

    @Test
    void aServerThatAlwaysBreaksIsGivenUp() {
        AtomicInteger requests = new AtomicInteger();
        server.serve("/rows.jsonl", exchange -> {
            requests.incrementAndGet();
            send(exchange, "\"a\"", 10);
        });
        assertThat(refused("/rows.jsonl").getMessage()).contains("broke after 60 bytes");
        assertThat(requests).hasValue(6);
    }

    @Test
    void addressesThatAreNotPublicAreRefused() throws IOException {
        server.serve("/rows.jsonl", exchange -> send(exchange, "\"a\"", content.length));
        try (HttpsSource strict = new HttpsSource(settings(Set.of(), 1 << 20));
                InputStream in = strict.open(URI.create(server.uri("/rows.jsonl")))) {
            assertThatThrownBy(in::readAllBytes)
                    .isInstanceOf(ApiException.class)
                    .hasMessageEndingWith("is refused: its host has an address that is not public");
        }
        // The name of the redirect's host is allowed, but its address is not.
        server.serve(
                "/there",
                exchange -> HttpsServerStage.redirect(
                        exchange, server.uri("/rows.jsonl").replace("localhost", "127.0.0.1")));
        assertThat(refused("/there").getMessage()).contains("has an address that is not public");
    }

    @Test
    void redirectsStayOnTheHostAndOnHttps() throws IOException {
        server.serve("/rows.jsonl", exchange -> send(exchange, "\"a\"", content.length));
        server.serve("/here", exchange -> HttpsServerStage.redirect(exchange, "/rows.jsonl"));
        server.serve("/other", exchange -> HttpsServerStage.redirect(exchange, "https://example.org/rows.jsonl"));
        server.serve("/plain", exchange -> HttpsServerStage.redirect(exchange, "http://localhost/rows.jsonl"));
        server.serve("/file", exchange -> HttpsServerStage.redirect(exchange, "file:///etc/passwd"));
        server.serve("/loop", exchange -> HttpsServerStage.redirect(exchange, "/loop"));

        assertThat(Arrays.equals(read("/here"), content)).isTrue();
        assertThat(refused("/other").getMessage())
                .contains("redirects to another host, example.org, which dataset.sources.redirect-hosts does not name");
        assertThat(refused("/plain").getMessage()).contains("redirects to an address that is not https://HOST/PATH");
        assertThat(refused("/file").getMessage()).contains("redirects to an address that is not https://HOST/PATH");
        assertThat(refused("/loop").getMessage()).contains("redirects more than 5 times");
    }

    @Test
    void whatTheServerDoesNotGiveIsSaid() {
        server.serve("/missing", exchange -> exchange.sendResponseHeaders(404, -1));
        server.serve("/down", exchange -> exchange.sendResponseHeaders(503, -1));
        assertThat(refused("/missing").getMessage()).endsWith("/missing is answered with status 404");
        assertThat(refused("/down").reason()).isEqualTo(ErrorReason.DEPENDENCY_UNAVAILABLE);
        assertThatThrownBy(() -> source.open(URI.create("https://user:secret@localhost/x")))
                .hasMessage(
                        "files.uri: https://localhost/x is not https://HOST/PATH without user, password and fragment");
    }

    @Test
    void aFileThatIsTooLargeIsRefused() throws IOException {
        server.serve("/rows.jsonl", exchange -> send(exchange, "\"a\"", content.length));
        server.serve("/endless", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            for (int i = 0; i < 100; i++) {
                exchange.getResponseBody().write(content);
            }
        });
        try (HttpsSource small = new HttpsSource(settings(Set.of("localhost"), 100_000))) {
            for (String path : new String[] {"/rows.jsonl", "/endless"}) {
                try (InputStream in = small.open(URI.create(server.uri(path)))) {
                    assertThatThrownBy(in::readAllBytes).hasMessageContaining("100000");
                }
            }
        }
    }
}
