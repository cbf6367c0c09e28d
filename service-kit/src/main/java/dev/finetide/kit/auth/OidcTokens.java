package dev.finetide.kit.auth;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.Printable;
import dev.finetide.kit.time.Moment;
import dev.finetide.proto.auth.OidcAnswer;
import dev.finetide.proto.auth.OidcHttp;
import dev.finetide.proto.auth.OidcServer;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.tls.WireSettings;
import io.smallrye.jwt.algorithm.SignatureAlgorithm;
import io.smallrye.jwt.auth.principal.DefaultJWTTokenParser;
import io.smallrye.jwt.auth.principal.JWTAuthContextInfo;
import io.smallrye.jwt.auth.principal.ParseException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.MalformedClaimException;
import org.jose4j.jwt.consumer.ErrorCodes;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.lang.JoseException;

/// Knows the callers whom an OIDC server knows, by signed tokens (JWT, RFC 7519). The header of a token is
/// the caller's word: it chooses among the issuer's keys by a name, and never says where a key is, nor may it
/// ask for an algorithm that a public key must not be used with. Thread-safe.
final class OidcTokens implements Authenticator {
    private static final int LONGEST_TOKEN = 16 << 10;
    private static final int MOST_KNOWN = 10_000;
    private static final Pattern FORM = Pattern.compile("eyJ[A-Za-z0-9_-]*(\\.[A-Za-z0-9_-]*){2,4}");
    private static final Set<String> ALGORITHMS =
            Set.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA");

    /// Types of tokens that say who somebody is (RFC 7519, RFC 9068). Issuers sign others by the
    /// same keys, such as orders to log somebody out.
    private static final Set<String> TYPES = Set.of("", "jwt", "at+jwt");

    /// A token that was checked.
    ///
    /// @param end  time from which it is not valid any more
    /// @param keys keys of the issuer when it was checked
    private record Known(Identity identity, Instant end, List<OidcKeys.Key> keys) {}

    private final String issuer;
    private final Set<String> audience;
    private final OidcClaims claims;
    private final Duration leeway;
    private final OidcKeys keys;
    private final InstantSource clock;
    private final DefaultJWTTokenParser parser = new DefaultJWTTokenParser();
    private final Map<String, Known> known = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
            return size() > MOST_KNOWN;
        }
    };

    /// Begins to fetch the issuer's keys.
    ///
    /// @throws IllegalArgumentException if a setting is missing or of no use
    OidcTokens(OidcSettings settings) {
        this(settings, source(settings), Moment::now, InstantSource.system());
    }

    OidcTokens(
            OidcSettings settings,
            Supplier<CompletableFuture<String>> source,
            Supplier<Moment> now,
            InstantSource clock) {
        this.issuer = settings.issuer().orElseThrow();
        this.audience = Set.copyOf(settings.audience().orElse(List.of()));
        if (audience.isEmpty()) {
            throw new IllegalArgumentException("finetide.auth.oidc.audience [FINETIDE_AUTH_OIDC_AUDIENCE] is not set: a"
                    + " token for any other program of " + issuer + " would be taken");
        }
        this.claims = new OidcClaims(settings);
        this.leeway = settings.clockLeeway();
        this.clock = clock;
        this.keys = new OidcKeys(source, now);
    }

    static Supplier<CompletableFuture<String>> source(OidcSettings settings) {
        String issuer = settings.issuer().orElseThrow();
        try {
            OidcHttp http =
                    new OidcHttp(settings.caFile(), WireSettings.ofEnvironment().allowsPlainText());
            http.address(issuer);
            Optional<URI> named = settings.jwksUri().isEmpty()
                    ? Optional.empty()
                    : Optional.of(http.address(settings.jwksUri().get()));
            return () -> named.map(CompletableFuture::completedFuture)
                    .orElseGet(() -> OidcServer.discover(http, issuer).thenApply(OidcTokens::keysOf))
                    .thenCompose(http::get)
                    .thenApply(OidcTokens::body);
        } catch (IOException unusable) {
            throw new IllegalArgumentException("finetide.auth.oidc: " + unusable.getMessage(), unusable);
        }
    }

    private static URI keysOf(OidcServer server) {
        return server.keys()
                .orElseThrow(() -> new CompletionException(
                        new IOException("the discovery document of " + server.issuer() + " has no jwks_uri")));
    }

    private static String body(OidcAnswer answer) {
        try {
            return answer.body();
        } catch (IOException refused) {
            throw new CompletionException(refused);
        }
    }

    @Override
    public Optional<CompletableFuture<Void>> awaited(SentToken token) {
        if (!isOurs(token.text())) {
            return Optional.empty();
        }
        if (knownAs(token).isPresent()) {
            keys.refresh(); // a token that was checked lasts no longer than its key
            return Optional.empty();
        }
        try {
            JsonWebSignature signed = opened(token.text());
            return keys.awaited(name(signed), header(signed, "alg"));
        } catch (ApiException bad) {
            return Optional.empty(); // told by identify
        }
    }

    @Override
    public Optional<Identity> identify(SentToken token) {
        if (!token.text().startsWith("eyJ")) {
            return Optional.empty();
        }
        if (token.text().length() > LONGEST_TOKEN) {
            throw Access.unauthenticated("the token has more than " + (LONGEST_TOKEN >> 10) + " KiB");
        }
        if (!isOurs(token.text())) {
            return Optional.empty();
        }
        Optional<Identity> before = knownAs(token);
        return before.isPresent() ? before : Optional.of(checked(token));
    }

    private static boolean isOurs(String token) {
        return token.length() <= LONGEST_TOKEN && FORM.matcher(token).matches();
    }

    private Optional<Identity> knownAs(SentToken token) {
        synchronized (known) {
            Known found = known.get(token.digest());
            return found != null
                            && found.keys() == keys.all()
                            && clock.instant().isBefore(found.end())
                    ? Optional.of(found.identity())
                    : Optional.empty();
        }
    }

    private Identity checked(SentToken token) {
        JsonWebSignature signed = opened(token.text());
        List<OidcKeys.Key> all = keys.all();
        List<OidcKeys.Key> fitting = keys.fitting(name(signed), header(signed, "alg"));
        if (fitting.isEmpty()) {
            throw keys.fault()
                    .map(fault -> ApiException.of(
                            ErrorReason.DEPENDENCY_UNAVAILABLE,
                            "the token cannot be checked now, because the keys of " + issuer + " are not there: "
                                    + fault,
                            "dependency",
                            "oidc"))
                    .orElseGet(() ->
                            Access.unauthenticated("the token is signed by a key that " + issuer + " does not list"));
        }
        JwtClaims read = verified(token.text(), header(signed, "alg"), fitting);
        Identity identity = claims.identity(read);
        try {
            Instant end =
                    Instant.ofEpochSecond(read.getExpirationTime().getValue()).plus(leeway);
            synchronized (known) {
                known.put(token.digest(), new Known(identity, end, all));
            }
            return identity;
        } catch (MalformedClaimException | RuntimeException e) {
            throw Access.unauthenticated("the token's time of expiry is none");
        }
    }

    /// Reads a token that is not checked yet, as far as it chooses the key.
    ///
    /// @throws ApiException UNAUTHENTICATED if no key could make it valid
    private JsonWebSignature opened(String token) {
        JsonWebSignature signed = new JsonWebSignature();
        JwtClaims claimed;
        try {
            signed.setCompactSerialization(token);
            claimed = JwtClaims.parse(signed.getUnverifiedPayload());
        } catch (JoseException | InvalidJwtException | RuntimeException e) {
            throw Access.unauthenticated("the token is not a signed JWT (three parts, JSON, no name twice)");
        }
        String algorithm = header(signed, "alg");
        if (!ALGORITHMS.contains(algorithm)) {
            throw Access.unauthenticated("the token is signed by "
                    + (algorithm.isEmpty() ? "no algorithm" : "the algorithm " + Printable.of(algorithm, 20))
                    + ", expected one of " + ALGORITHMS.stream().sorted().toList());
        }
        String type = header(signed, "typ").toLowerCase(Locale.ROOT).replaceFirst("^application/", "");
        if (!TYPES.contains(type) || claimed.hasClaim("events")) {
            throw Access.unauthenticated("the token is of another type than JWT or at+jwt, and no proof of a login");
        }
        if (signed.getHeaders().getObjectHeaderValue("crit") != null) {
            throw Access.unauthenticated("the token's header asks for extensions (crit), and none is known here");
        }
        if (signed.getHeaders().getObjectHeaderValue("cty") != null) {
            throw Access.unauthenticated("the token holds another token (cty), expected claims");
        }
        if (!issuer.equals(claimed.getClaimValue("iss"))) {
            throw Access.unauthenticated("the token is of another issuer than " + issuer);
        }
        return signed;
    }

    private static String name(JsonWebSignature signed) {
        return header(signed, "kid");
    }

    /// Returns a text in the header of a token, which its caller has written; empty if it has none
    /// of this name.
    ///
    /// @throws ApiException UNAUTHENTICATED if it is no text
    private static String header(JsonWebSignature signed, String name) {
        Object value = signed.getHeaders().getObjectHeaderValue(name);
        if (value != null && !(value instanceof String)) {
            throw Access.unauthenticated("the token's header has a value for " + name + " that is no text");
        }
        return value == null ? "" : (String) value;
    }

    private JwtClaims verified(String token, String algorithm, List<OidcKeys.Key> fitting) {
        ParseException last = null;
        for (OidcKeys.Key key : fitting) {
            try {
                return parser.parse(token, expected(algorithm, key)).getJwtClaims();
            } catch (ParseException bad) {
                last = bad;
                if (!hasFault(bad, ErrorCodes.SIGNATURE_INVALID)) {
                    break; // this key has signed it
                }
            }
        }
        throw Access.unauthenticated(fault(last));
    }

    private JWTAuthContextInfo expected(String algorithm, OidcKeys.Key key) {
        JWTAuthContextInfo expected = new JWTAuthContextInfo();
        expected.setPublicVerificationKey(key.key());
        expected.setSignatureAlgorithm(Set.of(Arrays.stream(SignatureAlgorithm.values())
                .filter(known -> known.getAlgorithm().equals(algorithm))
                .findFirst()
                .orElseThrow()));
        expected.setRelaxVerificationKeyValidation(false);
        expected.setIssuedBy(issuer);
        expected.setExpectedAudience(audience);
        expected.setClockSkew((int) leeway.toSeconds());
        expected.setMaxTimeToLiveSecs(0L); // the issuer decides how long a token lives
        expected.setRequireNamedPrincipal(false);
        return expected;
    }

    private static boolean hasFault(ParseException bad, int code) {
        return bad.getCause() instanceof InvalidJwtException cause && cause.hasErrorCode(code);
    }

    private String fault(ParseException bad) {
        if (hasFault(bad, ErrorCodes.SIGNATURE_INVALID)) {
            return "the token's signature is not that of " + issuer;
        }
        if (hasFault(bad, ErrorCodes.EXPIRED)) {
            return "the token has expired: log in again (finetide login)";
        }
        if (hasFault(bad, ErrorCodes.NOT_YET_VALID)) {
            return "the token is not valid yet (is a clock wrong?)";
        }
        if (hasFault(bad, ErrorCodes.MALFORMED_CLAIM)) {
            return "the token has one of the claims exp, nbf, iat, aud, sub or jti in another form than RFC 7519 says";
        }
        if (hasFault(bad, ErrorCodes.EXPIRATION_MISSING)) {
            return "the token has no time of expiry (exp)";
        }
        if (hasFault(bad, ErrorCodes.AUDIENCE_INVALID) || hasFault(bad, ErrorCodes.AUDIENCE_MISSING)) {
            return "the token is for another audience, expected "
                    + audience.stream().sorted().toList();
        }
        return "the token is not valid";
    }
}
