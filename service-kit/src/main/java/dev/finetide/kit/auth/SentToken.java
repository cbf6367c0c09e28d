package dev.finetide.kit.auth;

import dev.finetide.blobs.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// A token as a call has sent it. Its digest is computed once, however often it is asked for.
final class SentToken {
    private final String text;
    private String digest;

    SentToken(String text) {
        this.text = text;
    }

    /// Returns the token in a header `authorization: Bearer TOKEN`; empty if the header has another
    /// form.
    ///
    /// @param authorization value of the header
    static Optional<SentToken> in(String authorization) {
        String[] parts = authorization.strip().split(" +", 2);
        return parts.length == 2 && parts[0].equalsIgnoreCase("Bearer")
                ? Optional.of(new SentToken(parts[1]))
                : Optional.empty();
    }

    String text() {
        return text;
    }

    /// Returns the SHA-256 in hex, by which tokens are known here.
    String digest() {
        if (digest == null) {
            digest = Sha256.hex(text.getBytes(StandardCharsets.UTF_8));
        }
        return digest;
    }
}
