package dev.finetide.cli.client;

import com.google.gson.JsonObject;
import dev.finetide.proto.auth.OidcAnswer;
import dev.finetide.proto.auth.OidcHttp;
import dev.finetide.proto.auth.TokenFile;
import dev.finetide.proto.tls.WireSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/// Renews a login by its refresh token (RFC 6749, section 6), and ends it (RFC 7009).
public final class LoginRenewal {
    private LoginRenewal() {}

    /// Returns the login with new tokens. A server that does not answer is forgiven while the token is valid.
    ///
    /// @throws IOException if the login is over
    static Login of(Login login) throws IOException {
        Instant now = Instant.now();
        String again = "log in again: finetide login --issuer " + login.issuer() + " --client-id " + login.clientId();
        if (login.refreshToken().isEmpty()) {
            if (login.isOver(now)) {
                throw new IOException("your login at " + login.issuer() + " has expired; " + again);
            }
            return login;
        }
        OidcAnswer answer;
        try {
            OidcHttp http = http(login);
            Map<String, String> form = form(login);
            form.put("grant_type", "refresh_token");
            form.put("refresh_token", login.refreshToken());
            answer = answerOf(http.post(http.address(login.tokenUri()), form));
            if (!answer.isOk() && !isRefusal(answer)) {
                throw new IOException(login.issuer() + " answered with HTTP status " + answer.status());
            }
        } catch (IOException away) {
            if (login.isOver(now)) {
                throw new IOException("your login cannot be renewed now: " + away.getMessage(), away);
            }
            return login;
        }
        if (!answer.isOk()) {
            throw new IOException("your login at " + login.issuer() + " is over (" + problem(answer) + "); " + again);
        }
        return login.with(answer, now);
    }

    /// Tells the server that the login is over. Servers that have no such address are not told.
    ///
    /// @throws IOException if the server could not be told
    public static void end(Login login) throws IOException {
        if (login.revokingUri().isEmpty()) {
            return;
        }
        OidcHttp http = http(login);
        Map<String, String> form = form(login);
        form.put("token", login.refreshToken().isEmpty() ? login.accessToken() : login.refreshToken());
        OidcAnswer answer = answerOf(http.post(http.address(login.revokingUri()), form));
        if (!answer.isOk()) {
            throw new IOException(login.issuer() + " did not take it: " + problem(answer));
        }
    }

    private static boolean isRefusal(OidcAnswer answer) {
        final int badRequest = 400;
        final int unauthorized = 401;
        return answer.status() == badRequest || answer.status() == unauthorized;
    }

    private static OidcHttp http(Login login) throws IOException {
        return new OidcHttp(
                Optional.of(login.caFile()).filter(file -> !file.isEmpty()).map(Path::of),
                WireSettings.ofEnvironment().allowsPlainText());
    }

    /// Returns the fields of a form that name this program.
    static Map<String, String> form(Login login) throws IOException {
        Map<String, String> form = new LinkedHashMap<>();
        form.put("client_id", login.clientId());
        if (!login.clientSecret().isEmpty()) {
            form.put("client_secret", TokenFile.read(Path.of(login.clientSecret())));
        }
        return form;
    }

    /// Returns a server's word for why it refused.
    static String problem(OidcAnswer answer) {
        try {
            JsonObject refusal = answer.json();
            String error = OidcAnswer.text(refusal, "error").orElse("HTTP status " + answer.status());
            return OidcAnswer.text(refusal, "error_description")
                    .map(words -> error + ": " + words)
                    .orElse(error);
        } catch (IOException noJson) {
            return "HTTP status " + answer.status();
        }
    }

    /// Waits for an answer.
    static <T> T answerOf(CompletableFuture<T> asked) throws IOException {
        try {
            return asked.join();
        } catch (CompletionException failure) {
            throw OidcHttp.failure(failure);
        }
    }
}
