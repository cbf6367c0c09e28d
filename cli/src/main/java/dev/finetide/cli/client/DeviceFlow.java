package dev.finetide.cli.client;

import com.google.gson.JsonObject;
import dev.finetide.cli.CommandFailedException;
import dev.finetide.proto.auth.OidcAnswer;
import dev.finetide.proto.auth.OidcHttp;
import dev.finetide.proto.auth.OidcServer;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// Logs a user in by a code that the user enters in any browser (RFC 8628): this program needs neither a browser nor a
/// port of its own.
public final class DeviceFlow {
    private static final Duration MOST = Duration.ofHours(1);
    private static final Duration SLOWER = Duration.ofSeconds(5);
    private static final long USUAL_SECONDS = 5;
    private static final int FIRST_FAULT = 500;

    /// Tells the user how to log in.
    ///
    /// @param page     page that asks for the code
    /// @param code     code to enter
    /// @param complete page that knows the code already; empty if there is none
    public record Invitation(String page, String code, String complete, Duration valid) {}

    private final OidcHttp http;
    private final Login asked;
    private final Consumer<Duration> pausing;

    /// @param asked the login to be, without tokens and addresses
    public DeviceFlow(OidcHttp http, Login asked) {
        this(http, asked, DeviceFlow::pause);
    }

    DeviceFlow(OidcHttp http, Login asked, Consumer<Duration> pausing) {
        this.http = http;
        this.asked = asked;
        this.pausing = pausing;
    }

    /// Invites the user, and returns the login when the user has accepted.
    ///
    /// @throws CommandFailedException if the server cannot be reached, or does not let the user in
    public Login login(Consumer<Invitation> inviting) {
        try {
            OidcServer server = LoginRenewal.answerOf(OidcServer.discover(http, asked.issuer()));
            Login login = addressed(server);
            URI device = server.device()
                    .orElseThrow(() -> CommandFailedException.refused(asked.issuer()
                            + " offers no login by device code (device_authorization_endpoint): allow it there for"
                            + " the client " + asked.clientId() + ", or use --token-file"));
            Map<String, String> form = LoginRenewal.form(login);
            form.put("scope", login.scope());
            OidcAnswer begun = LoginRenewal.answerOf(http.post(device, form));
            if (!begun.isOk()) {
                throw CommandFailedException.refused(
                        asked.issuer() + " did not begin the login: " + LoginRenewal.problem(begun));
            }
            JsonObject told = begun.json();
            Duration valid = seconds(told, "expires_in", MOST.toSeconds());
            inviting.accept(new Invitation(
                    page(required(begun, told, "verification_uri")),
                    required(begun, told, "user_code"),
                    page(OidcAnswer.text(told, "verification_uri_complete").orElse("")),
                    valid));
            return awaited(
                    login, required(begun, told, "device_code"), seconds(told, "interval", USUAL_SECONDS), valid);
        } catch (IOException failure) {
            throw CommandFailedException.unreachable(failure.getMessage(), failure);
        }
    }

    private Login addressed(OidcServer server) throws IOException {
        return new Login(
                asked.issuer(),
                asked.clientId(),
                asked.clientSecret(),
                asked.scope(),
                asked.caFile(),
                server.token()
                        .orElseThrow(() -> new IOException(asked.issuer() + " names no token_endpoint"))
                        .toString(),
                server.revoking().map(URI::toString).orElse(""),
                asked.sendsIdToken(),
                "",
                "",
                "",
                0);
    }

    private Login awaited(Login login, String code, Duration first, Duration valid) throws IOException {
        Map<String, String> form = LoginRenewal.form(login);
        form.put("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
        form.put("device_code", code);
        URI tokens = http.address(login.tokenUri());
        Duration interval = first;
        for (Instant end = Instant.now().plus(valid); Instant.now().isBefore(end); ) {
            pausing.accept(interval);
            OidcAnswer answer;
            try {
                answer = LoginRenewal.answerOf(http.post(tokens, form));
            } catch (IOException away) {
                interval = interval.plus(SLOWER); // RFC 8628, section 3.5
                continue;
            }
            if (answer.isOk()) {
                return login.with(answer, Instant.now());
            }
            if (answer.status() >= FIRST_FAULT) {
                interval = interval.plus(SLOWER);
                continue;
            }
            String error = OidcAnswer.text(answer.json(), "error").orElse("");
            switch (error) {
                case "authorization_pending" -> {}
                case "slow_down" -> interval = interval.plus(SLOWER);
                case "access_denied" ->
                    throw CommandFailedException.refused("the login was denied at " + login.issuer());
                case "expired_token" -> end = Instant.MIN;
                default ->
                    throw CommandFailedException.refused(
                            login.issuer() + " refused the login: " + LoginRenewal.problem(answer));
            }
        }
        throw CommandFailedException.refused("nobody entered the code in time: start finetide login again");
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailedException.failed("interrupted");
        }
    }

    /// Returns the address of a page that a user shall open, if it is one; an empty address stays
    /// empty.
    private String page(String address) throws IOException {
        return address.isEmpty() ? "" : http.address(address).toString();
    }

    private static String required(OidcAnswer answer, JsonObject told, String name) throws IOException {
        return Optional.of(OidcAnswer.text(told, name).orElse(""))
                .filter(text -> !text.isEmpty())
                .orElseThrow(() -> new IOException(answer.from() + " answered without " + name));
    }

    /// Returns a time that the server asks for, between a second and an hour.
    private static Duration seconds(JsonObject told, String name, long otherwise) {
        long seconds = otherwise;
        try {
            seconds = told.has(name) ? told.get(name).getAsLong() : otherwise;
        } catch (RuntimeException noNumber) {
            seconds = otherwise;
        }
        return Duration.ofSeconds(Math.clamp(seconds, 1, MOST.toSeconds()));
    }
}
