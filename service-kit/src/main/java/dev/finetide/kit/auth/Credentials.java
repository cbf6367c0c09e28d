package dev.finetide.kit.auth;

import dev.finetide.proto.auth.AttemptToken;
import java.util.Optional;
import javax.net.ssl.SSLSession;

/// Shows who makes a call: its header `authorization`, and the certificate of its connection.
///
/// @param hasHeader   whether there is such a header, of whatever form
/// @param token       token in it; empty if it has another form
/// @param certificate what the caller has shown on the connection
record Credentials(boolean hasHeader, Optional<SentToken> token, Optional<ClientCertificate> certificate) {
    /// Returns what a call shows. Several headers are one with commas (RFC 9110), which is no token:
    /// a proxy may have checked one of them, and the caller may mean another.
    ///
    /// @param headers values of the header `authorization`; null or none if the call has none
    /// @param session null without TLS
    static Credentials of(Iterable<String> headers, SSLSession session) {
        boolean hasHeader = headers != null && headers.iterator().hasNext();
        return new Credentials(
                hasHeader,
                hasHeader ? SentToken.in(String.join(", ", headers)) : Optional.empty(),
                ClientCertificate.of(session));
    }

    /// Returns the token of a worker's attempt; empty if the call has another one, or none.
    Optional<String> attemptToken() {
        return token.map(SentToken::text).filter(text -> text.startsWith(AttemptToken.PREFIX));
    }
}
