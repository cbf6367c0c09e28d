package dev.finetide.kit.auth;

import java.util.Optional;

/// Knows the callers of one kind of token, or by their certificates.
interface Authenticator {
    /// Returns who has a token; empty if the token is not of this kind.
    ///
    /// @throws dev.finetide.kit.error.ApiException UNAUTHENTICATED if the token is of this kind and not valid; the
    ///     message says why, and has nothing of the token
    Optional<Identity> identify(String token);

    /// Returns whose certificate this is; empty if none of its names is known.
    ///
    /// @throws dev.finetide.kit.error.ApiException UNAUTHENTICATED if the certificate cannot stand for one caller
    default Optional<Identity> identify(ClientCertificate certificate) {
        return Optional.empty();
    }
}
