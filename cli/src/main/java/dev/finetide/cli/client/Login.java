package dev.finetide.cli.client;

import com.google.gson.JsonObject;
import dev.finetide.proto.auth.OidcAnswer;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

/// A login at an OIDC server, as the user's file keeps it. An empty text is absent, and none is null.
///
/// @param issuer       the server's name
/// @param clientId     name of this program at the server
/// @param clientSecret file with the program's secret, where the server gave it one
/// @param scope        what was asked for
/// @param caFile       file with the authorities of the server's certificate
/// @param tokenUri     where tokens are renewed
/// @param revokingUri  where tokens end
/// @param sendsIdToken whether services get the ID token instead of the access token
/// @param accessToken  token for programs
/// @param idToken      token that names the user
/// @param refreshToken token that brings the next tokens
/// @param expires      second of the epoch at which access token and ID token are invalid
public record Login(
        String issuer,
        String clientId,
        String clientSecret,
        String scope,
        String caFile,
        String tokenUri,
        String revokingUri,
        boolean sendsIdToken,
        String accessToken,
        String idToken,
        String refreshToken,
        long expires) {
    private static final Duration RENEWED_BEFORE = Duration.ofSeconds(60);
    private static final int QUARTERS = 4;

    public Login {
        issuer = Objects.requireNonNullElse(issuer, "");
        clientId = Objects.requireNonNullElse(clientId, "");
        clientSecret = Objects.requireNonNullElse(clientSecret, "");
        scope = Objects.requireNonNullElse(scope, "");
        caFile = Objects.requireNonNullElse(caFile, "");
        tokenUri = Objects.requireNonNullElse(tokenUri, "");
        revokingUri = Objects.requireNonNullElse(revokingUri, "");
        accessToken = Objects.requireNonNullElse(accessToken, "");
        idToken = Objects.requireNonNullElse(idToken, "");
        refreshToken = Objects.requireNonNullElse(refreshToken, "");
    }

    /// Returns the login with the tokens of an answer; what the answer leaves out stays as it is.
    ///
    /// @throws IOException if the answer has no token
    Login with(OidcAnswer answer, Instant now) throws IOException {
        JsonObject tokens = answer.json();
        String access = OidcAnswer.text(tokens, "access_token")
                .orElseThrow(() -> new IOException(answer.from() + " answered without a token"));
        String id = OidcAnswer.text(tokens, "id_token").orElse(idToken);
        long seconds = 0;
        try {
            seconds = tokens.has("expires_in") ? tokens.get("expires_in").getAsLong() : 0;
        } catch (RuntimeException noNumber) {
            throw new IOException(answer.from() + " answered with a time of expiry that is no number", noNumber);
        }
        boolean sendsId = sendsIdToken || !TokenClaims.isSigned(access);
        long end = TokenClaims.of(sendsId ? id : access)
                .expires()
                .orElse(now.plusSeconds(seconds > 0 ? seconds : 60))
                .getEpochSecond();
        return new Login(
                issuer,
                clientId,
                clientSecret,
                scope,
                caFile,
                tokenUri,
                revokingUri,
                sendsIdToken,
                access,
                id,
                OidcAnswer.text(tokens, "refresh_token").orElse(refreshToken),
                end);
    }

    /// Returns the token that services get: an access token that they can check themselves, else the ID token.
    public String token() {
        return sendsIdToken || (!TokenClaims.isSigned(accessToken) && !idToken.isEmpty()) ? idToken : accessToken;
    }

    /// Returns whether the token should be renewed. One that lives for less than four minutes is renewed in the last
    /// quarter of its life at the latest.
    boolean isNearItsEnd(Instant now) {
        Instant end = Instant.ofEpochSecond(expires);
        Duration life = TokenClaims.of(token())
                .issued()
                .map(issued -> Duration.between(issued, end))
                .orElse(RENEWED_BEFORE.multipliedBy(QUARTERS));
        Duration early = life.dividedBy(QUARTERS);
        return now.plus(early.compareTo(RENEWED_BEFORE) < 0 ? early : RENEWED_BEFORE)
                .isAfter(end);
    }

    boolean isOver(Instant now) {
        return !now.isBefore(Instant.ofEpochSecond(expires));
    }

    /// Returns what the token says about the user.
    public TokenClaims claims() {
        return TokenClaims.of(idToken.isEmpty() ? token() : idToken);
    }

    @Override
    public String toString() {
        return "Login[" + issuer + " " + clientId + "]";
    }
}
