package dev.finetide.kit.auth;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.Printable;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/// Certificate that a caller has shown on a connection with TLS. The handshake has verified it: an authority that this
/// service trusts has signed it, and the caller has its private key.
///
/// @param names      what the authority calls its holder, from the subject alternative names: `dns:NAME`, `uri:URI` and
///     `email:ADDRESS`. The common name does not count: authorities do not check it.
/// @param validUntil last moment at which it is valid; a connection may live longer
record ClientCertificate(Set<String> names, Instant validUntil) {
    private static final Map<Integer, String> KINDS = Map.of(1, "email:", 2, "dns:", 6, "uri:");
    private static final int MOST_SHOWN = 5;

    ClientCertificate {
        names = Set.copyOf(names);
    }

    /// Returns the certificate of a connection's other end; empty if it has shown none, or the connection has no TLS.
    ///
    /// @param session null without TLS
    static Optional<ClientCertificate> of(SSLSession session) {
        if (session == null) {
            return Optional.empty();
        }
        try {
            Certificate[] chain = session.getPeerCertificates();
            return chain.length > 0 && chain[0] instanceof X509Certificate first
                    ? Optional.of(of(first))
                    : Optional.empty();
        } catch (SSLPeerUnverifiedException none) {
            return Optional.empty();
        }
    }

    private static ClientCertificate of(X509Certificate certificate) {
        return new ClientCertificate(
                namesOf(certificate), certificate.getNotAfter().toInstant());
    }

    private static Set<String> namesOf(X509Certificate certificate) {
        Set<String> names = new LinkedHashSet<>();
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            for (List<?> alternative : alternatives == null ? List.<List<?>>of() : alternatives) {
                String kind = KINDS.get((Integer) alternative.get(0));
                if (kind != null) {
                    names.add(key(kind + alternative.get(1)));
                }
            }
        } catch (CertificateParsingException malformed) {
            return Set.of();
        }
        return names;
    }

    /// Returns the form in which a name is compared: names of hosts have no case.
    static String key(String name) {
        return name.startsWith("dns:") ? name.toLowerCase(Locale.ROOT) : name;
    }

    /// Returns the one caller whom the certificate's names stand for.
    ///
    /// @param callers callers by the key of a name
    /// @throws ApiException UNAUTHENTICATED if the certificate has expired, or its names are of different callers
    Optional<Identity> caller(Map<String, Identity> callers, Instant now) {
        if (now.isAfter(validUntil)) {
            throw Access.unauthenticated("the client certificate has expired at " + validUntil);
        }
        List<Identity> found = new ArrayList<>();
        for (String name : names) {
            Identity caller = callers.get(name);
            if (caller != null && !found.contains(caller)) {
                found.add(caller);
            }
        }
        if (found.size() > 1) {
            throw Access.unauthenticated("the names of the client certificate are of different callers: " + shown());
        }
        return found.stream().findFirst();
    }

    /// Returns the names for a message. The authority has signed them, and they are no secret.
    String shown() {
        if (names.isEmpty()) {
            return "none (its common name does not count)";
        }
        String first = String.join(
                ", ",
                names.stream().sorted().limit(MOST_SHOWN).map(Printable::of).toList());
        return names.size() > MOST_SHOWN ? first + " and " + (names.size() - MOST_SHOWN) + " more" : first;
    }
}
