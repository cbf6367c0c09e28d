package dev.finetide.kit.auth;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// Knows the callers of one kind of token, or by their certificates.
interface Authenticator {
    /// Returns who has a token; empty if the token is not of this kind.
    ///
    /// @throws dev.finetide.kit.error.ApiException UNAUTHENTICATED if the token is of this kind and not valid; the
    ///     message says why, and has nothing of the token; DEPENDENCY_UNAVAILABLE if it cannot be judged now
    Optional<Identity> identify(SentToken token);

    /// Returns what must be over before [#identify] can judge a token; empty if it can now.
    default Optional<CompletableFuture<Void>> awaited(SentToken token) {
        return Optional.empty();
    }

    /// Returns whose certificate this is; empty if none of its names is known.
    ///
    /// @throws dev.finetide.kit.error.ApiException UNAUTHENTICATED if the certificate cannot stand for one caller
    default Optional<Identity> identify(ClientCertificate certificate) {
        return Optional.empty();
    }
}
