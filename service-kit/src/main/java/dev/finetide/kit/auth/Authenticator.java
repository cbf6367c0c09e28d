package dev.finetide.kit.auth;

import java.util.Optional;

/// Knows the callers of one kind of token.
interface Authenticator {
    /// Returns who has a token; empty if the token is not of this kind.
    ///
    /// @throws dev.finetide.kit.error.ApiException UNAUTHENTICATED if the token is of this kind and not valid; the
    ///     message says why, and has nothing of the token
    Optional<Identity> identify(String token);
}
