package dev.finetide.kit.auth;

import dev.finetide.kit.time.Moment;
import dev.finetide.proto.auth.OidcHttp;
import java.io.IOException;
import java.math.BigInteger;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.lang.JoseException;

/// Keeps the keys by which an issuer signs. They are fetched when the service starts, when a token names a
/// key that is not there, and when they are older than five minutes; never more than once in ten seconds, so
/// that forged tokens cannot make this service a flood for the issuer. What cannot be used leaves the
/// keys of before. No method waits. Thread-safe.
final class OidcKeys {
    /// Least time between two fetches.
    static final Duration PAUSE = Duration.ofSeconds(10);

    /// Age of keys that are fetched again while they are used.
    static final Duration STALE = Duration.ofMinutes(5);

    private static final Logger LOG = Logger.getLogger(OidcKeys.class);
    private static final int LEAST_RSA_BITS = 2048;
    private static final int MOST_RSA_BITS = 8192;
    private static final int MOST_KEYS = 100;

    /// A key of the issuer.
    ///
    /// @param id        name in the headers of tokens; empty if it has none
    /// @param algorithm the only algorithm that it is for; empty if it may be for any of its kind
    record Key(String id, String algorithm, PublicKey key) {
        /// Returns whether a token with this name and algorithm may be signed by the key.
        boolean fits(String name, String signedBy) {
            return (name.isEmpty() || name.equals(id))
                    && (algorithm.isEmpty() || algorithm.equals(signedBy))
                    && isOfKind(signedBy);
        }

        private boolean isOfKind(String signedBy) {
            return switch (key) {
                case RSAPublicKey rsa -> signedBy.startsWith("RS") || signedBy.startsWith("PS");
                case ECPublicKey curve -> signedBy.startsWith("ES");
                case EdECPublicKey curve -> signedBy.equals("EdDSA");
                default -> false;
            };
        }
    }

    private final Supplier<CompletableFuture<String>> source;
    private final Supplier<Moment> now;
    private List<Key> keys = List.of();
    private Optional<String> fault = Optional.of("they are being fetched");
    private Optional<Moment> began = Optional.empty();
    private Moment fetched;
    private CompletableFuture<Void> running = CompletableFuture.completedFuture(null);

    /// Begins to fetch the keys.
    ///
    /// @param source fetches the key set (RFC 7517, JSON)
    OidcKeys(Supplier<CompletableFuture<String>> source, Supplier<Moment> now) {
        this.source = source;
        this.now = now;
        fetch();
    }

    /// Returns the keys that may have signed a token with this key name and algorithm.
    synchronized List<Key> fitting(String name, String algorithm) {
        return keys.stream().filter(key -> key.fits(name, algorithm)).toList();
    }

    /// Returns why the last fetch failed; empty if it succeeded.
    synchronized Optional<String> fault() {
        return fault;
    }

    /// Returns the keys as they are now. The same list object means that no key has changed.
    synchronized List<Key> all() {
        return keys;
    }

    /// Returns the end of the fetch that a token's key may come with; empty if the key is there, or no fetch
    /// may begin yet.
    synchronized Optional<CompletableFuture<Void>> awaited(String name, String algorithm) {
        boolean isThere = !fitting(name, algorithm).isEmpty();
        if (!isThere || isStale()) {
            fetchUnlessTooSoon();
        }
        return isThere || running.isDone() ? Optional.empty() : Optional.of(running);
    }

    /// Begins to fetch the keys again if they are old. Whoever uses them need not wait.
    synchronized void refresh() {
        if (isStale()) {
            fetchUnlessTooSoon();
        }
    }

    private boolean isStale() {
        return fetched != null && now.get().since(fetched).compareTo(STALE) >= 0;
    }

    private void fetchUnlessTooSoon() {
        if (running.isDone()
                && began.map(time -> now.get().since(time).compareTo(PAUSE) >= 0)
                        .orElse(true)) {
            fetch();
        }
    }

    private synchronized void fetch() {
        began = Optional.of(now.get());
        running = source.get().handle((text, failure) -> {
            take(text, failure);
            return null;
        });
    }

    private synchronized void take(String text, Throwable failure) {
        Optional<String> before = fault;
        try {
            if (failure != null) {
                throw OidcHttp.failure(failure);
            }
            List<Key> read = parse(text);
            if (!read.equals(keys)) {
                LOG.infof("keys of the OIDC issuer read keys=%d", read.size());
                keys = read;
            }
            fetched = now.get();
            fault = Optional.empty();
        } catch (IOException unusable) {
            fault = Optional.of(unusable.getMessage());
            if (!fault.equals(before)) {
                LOG.warnf("keys of the OIDC issuer not read, those of before stay: %s", unusable.getMessage());
            }
        }
    }

    private static List<Key> parse(String text) throws IOException {
        List<JsonWebKey> set;
        try {
            set = new JsonWebKeySet(text).getJsonWebKeys();
        } catch (JoseException | RuntimeException noSet) {
            throw new IOException("the key set is not of the form of RFC 7517", noSet);
        }
        List<Key> usable = new ArrayList<>();
        for (JsonWebKey key : set.subList(0, Math.min(set.size(), MOST_KEYS))) {
            if (key instanceof PublicJsonWebKey open && isUsable(open)) {
                usable.add(new Key(
                        Optional.ofNullable(open.getKeyId()).orElse(""),
                        Optional.ofNullable(open.getAlgorithm()).orElse(""),
                        open.getPublicKey()));
            }
        }
        if (usable.isEmpty()) {
            throw new IOException("the key set has no key of use: expected RSA from 2048 bits, EC or EdDSA");
        }
        return List.copyOf(usable);
    }

    private static boolean isUsable(PublicJsonWebKey key) {
        boolean signs = key.getUse() == null || key.getUse().equals("sig");
        if (key.getPublicKey() instanceof RSAPublicKey rsa) {
            int bits = rsa.getModulus().bitLength();
            return signs
                    && bits >= LEAST_RSA_BITS
                    && bits <= MOST_RSA_BITS
                    && rsa.getPublicExponent().compareTo(BigInteger.ONE) > 0
                    && rsa.getPublicExponent().bitLength() <= Integer.SIZE;
        }
        return signs && (key.getPublicKey() instanceof ECPublicKey || key.getPublicKey() instanceof EdECPublicKey);
    }
}
