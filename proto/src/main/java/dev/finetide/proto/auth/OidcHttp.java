package dev.finetide.proto.auth;

import dev.finetide.proto.file.WatchedFiles;
import dev.finetide.proto.tls.AuthorityFile;
import dev.finetide.proto.tls.Endpoint;
import dev.finetide.proto.tls.LostConnection;
import dev.finetide.proto.tls.WireSettings;
import io.grpc.Status;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;

/// Asks an OIDC server, whom nobody here trusts with time or memory: an answer comes within five seconds
/// and has at most 1 MiB, and no redirect is followed. Thread-safe.
public final class OidcHttp {
    /// Longest answer, in bytes.
    public static final int LONGEST_ANSWER = 1 << 20;

    private static final System.Logger LOG = System.getLogger(OidcHttp.class.getName());
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final HttpClient client;
    private final boolean allowsPlainText;

    /// @param authorities     file with the authorities of the server's certificate (PEM); empty: the
    ///     system's
    /// @param allowsPlainText whether other machines are asked without TLS, too
    /// @throws IOException if the file of authorities cannot be used; the message names it
    public OidcHttp(Optional<Path> authorities, boolean allowsPlainText) throws IOException {
        HttpClient.Builder builder =
                HttpClient.newBuilder().followRedirects(Redirect.NEVER).connectTimeout(PATIENCE);
        if (authorities.isPresent()) {
            builder.sslContext(trusting(authorities.get()));
        }
        this.client = builder.build();
        this.allowsPlainText = allowsPlainText;
    }

    private static SSLContext trusting(Path authorities) throws IOException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new AuthorityFile(authorities, OidcHttp::tell)}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException(authorities + " cannot be used as authorities", e);
        } catch (IOException unusable) {
            throw new IOException(WatchedFiles.message(unusable), unusable);
        }
    }

    private static void tell(String fault) {
        LOG.log(System.Logger.Level.ERROR, "changed file of authorities not used, the one of before stays: " + fault);
    }

    /// Reads an address of the server.
    ///
    /// @throws IOException if it is no address of HTTP, or plain text would leave this machine
    public URI address(String text) throws IOException {
        URI address;
        try {
            address = URI.create(text);
        } catch (IllegalArgumentException e) {
            throw new IOException("expected https://HOST/PATH, got another text", e);
        }
        String scheme = String.valueOf(address.getScheme());
        if (address.getHost() == null || !(scheme.equals("https") || scheme.equals("http"))) {
            throw new IOException("expected https://HOST/PATH, got " + text);
        }
        if (address.getRawUserInfo() != null || address.getRawFragment() != null) {
            throw new IOException("expected an address without user and fragment");
        }
        if (scheme.equals("http") && !allowsPlainText && !new Endpoint(address.getHost(), 1, false).isLoopback()) {
            throw new IOException(text + " is another machine without TLS, where everybody on the way could answer:"
                    + " expected https, or " + WireSettings.PLAIN_TEXT + "=true where the network is closed");
        }
        return address;
    }

    /// Gets a document.
    public CompletableFuture<OidcAnswer> get(URI address) {
        return send(address, HttpRequest.newBuilder(address).GET());
    }

    /// Posts a form (`application/x-www-form-urlencoded`).
    public CompletableFuture<OidcAnswer> post(URI address, Map<String, String> form) {
        String body = form.entrySet().stream()
                .map(field -> encoded(field.getKey()) + "=" + encoded(field.getValue()))
                .collect(Collectors.joining("&"));
        return send(
                address,
                HttpRequest.newBuilder(address)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(BodyPublishers.ofString(body)));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /// Asks on a thread of its own: the futures of HttpClient wait for threads of the common pool, which anybody may
    /// hold.
    private CompletableFuture<OidcAnswer> send(URI address, HttpRequest.Builder request) {
        HttpRequest asked = request.header("Accept", "application/json").build();
        CompletableFuture<OidcAnswer> answer = new CompletableFuture<>();
        Thread asking = Thread.ofVirtual().name("oidc").start(() -> {
            try {
                HttpResponse<String> response = client.send(
                        asked, BodyHandlers.limiting(BodyHandlers.ofString(StandardCharsets.UTF_8), LONGEST_ANSWER));
                answer.complete(new OidcAnswer(address, response.statusCode(), response.body()));
            } catch (IOException | InterruptedException | RuntimeException failure) {
                answer.completeExceptionally(failure);
            }
        });
        // A body may hang, too, so the time of a request does not end with its headers.
        return answer.orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS).exceptionally(failure -> {
            asking.interrupt();
            throw new CompletionException(new IOException(address + " " + why(failure, address), failure));
        });
    }

    private String why(Throwable failure, URI address) {
        Throwable cause = failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
        if (cause instanceof TimeoutException || cause instanceof HttpTimeoutException) {
            return "did not answer within " + PATIENCE.toSeconds() + " s";
        }
        if (cause instanceof ConnectException) {
            return cause.getCause() instanceof UnresolvedAddressException
                    ? "cannot be reached: its name is not known here"
                    : "cannot be reached: connection refused";
        }
        if (cause instanceof SSLException) {
            boolean isTls = String.valueOf(address.getScheme()).equals("https");
            return "cannot be reached: "
                    + LostConnection.of(Status.UNAVAILABLE.withCause(cause), isTls)
                            .reason();
        }
        return String.valueOf(cause.getMessage()).contains("capacity")
                ? "answered with more than " + LONGEST_ANSWER / 1024 + " KiB"
                : "broke the connection";
    }

    /// Returns the failure that a future of this class ended with.
    public static IOException failure(Throwable ended) {
        Throwable cause = ended instanceof CompletionException wrapped ? wrapped.getCause() : ended;
        return cause instanceof IOException known ? known : new IOException(String.valueOf(cause.getMessage()), cause);
    }
}
