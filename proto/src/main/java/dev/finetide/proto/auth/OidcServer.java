package dev.finetide.proto.auth;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/// Addresses of an OIDC server, as its discovery document lists them (OpenID Connect Discovery 1.0).
///
/// @param issuer    the server's name, which its tokens have
/// @param keys      address of its signing keys (`jwks_uri`)
/// @param device    address that begins a login by device code (RFC 8628)
/// @param token     address of tokens
/// @param revoking  address that ends a token (RFC 7009)
public record OidcServer(
        String issuer, Optional<URI> keys, Optional<URI> device, Optional<URI> token, Optional<URI> revoking) {
    private static final String DOCUMENT = "/.well-known/openid-configuration";

    /// Asks a server for its addresses. The future fails with an [IOException] if the server cannot be
    /// reached, or calls itself by another name than the one that it was asked by.
    public static CompletableFuture<OidcServer> discover(OidcHttp http, String issuer) {
        URI document;
        try {
            document = http.address(issuer.replaceFirst("/+$", "") + DOCUMENT);
        } catch (IOException noAddress) {
            return CompletableFuture.failedFuture(noAddress);
        }
        return http.get(document).thenApply(answer -> {
            try {
                return of(http, issuer, answer);
            } catch (IOException unusable) {
                throw new CompletionException(unusable);
            }
        });
    }

    private static OidcServer of(OidcHttp http, String issuer, OidcAnswer answer) throws IOException {
        answer.body();
        JsonObject document = answer.json();
        if (!OidcAnswer.text(document, "issuer").orElse("").equals(issuer)) {
            throw new IOException(answer.from() + " is of another issuer than " + issuer
                    + " (the names must be the same, with or without a slash at the end)");
        }
        return new OidcServer(
                issuer,
                address(http, document, "jwks_uri"),
                address(http, document, "device_authorization_endpoint"),
                address(http, document, "token_endpoint"),
                address(http, document, "revocation_endpoint"));
    }

    private static Optional<URI> address(OidcHttp http, JsonObject document, String name) throws IOException {
        Optional<String> text = OidcAnswer.text(document, name);
        try {
            return text.isEmpty() ? Optional.empty() : Optional.of(http.address(text.get()));
        } catch (IOException unusable) {
            throw new IOException("the issuer's " + name + ": " + unusable.getMessage(), unusable);
        }
    }
}
