package dev.finetide.kit.auth;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jose4j.jwk.EcJwkGenerator;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.OctetKeyPairJsonWebKey;
import org.jose4j.jwk.OkpJwkGenerator;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jwk.RsaJwkGenerator;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.NumericDate;
import org.jose4j.keys.EllipticCurves;
import org.jose4j.lang.JoseException;

/// An issuer that signs whatever a test asks for, and whose key address answers whatever a test says.
public final class TestIssuer implements AutoCloseable {
    public static final String AUDIENCE = "finetide";

    /// Keys of the issuer, and one that it may take next. Making them takes longer than all else here.
    public static final PublicJsonWebKey RSA = rsa("rsa-1");
    public static final PublicJsonWebKey NEXT = rsa("rsa-2");
    static final PublicJsonWebKey CURVE = curve("ec-1");
    static final PublicJsonWebKey EDWARDS = edwards("ed-1");

    /// Requests for the keys so far.
    public final AtomicInteger asked = new AtomicInteger();

    private final HttpServer server;
    private volatile HttpHandler keys;

    public TestIssuer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext(
                "/.well-known/openid-configuration",
                answer(200, "{\"issuer\": \"%s\", \"jwks_uri\": \"%s/keys\"}".formatted(url(), url())));
        server.createContext("/keys", request -> {
            asked.incrementAndGet();
            keys.handle(request);
        });
        publish(RSA, CURVE, EDWARDS);
        server.start();
    }

    private static PublicJsonWebKey rsa(String id) {
        return key(() -> RsaJwkGenerator.generateJwk(2048), id);
    }

    static PublicJsonWebKey curve(String id) {
        return key(() -> EcJwkGenerator.generateJwk(EllipticCurves.P256), id);
    }

    static PublicJsonWebKey edwards(String id) {
        return key(() -> OkpJwkGenerator.generateJwk(OctetKeyPairJsonWebKey.SUBTYPE_ED25519), id);
    }

    private interface Generator {
        PublicJsonWebKey generate() throws JoseException;
    }

    private static PublicJsonWebKey key(Generator generator, String id) {
        try {
            PublicJsonWebKey key = generator.generate();
            key.setKeyId(id);
            return key;
        } catch (JoseException e) {
            throw new IllegalStateException(e);
        }
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /// Lists these keys from now on.
    public void publish(JsonWebKey... published) {
        keys = answer(200, new JsonWebKeySet(published).toJson(JsonWebKey.OutputControlLevel.PUBLIC_ONLY));
    }

    /// Answers requests for the keys in this way from now on.
    void lie(HttpHandler handler) {
        keys = handler;
    }

    static HttpHandler answer(int status, String body, String... header) {
        return request -> {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            if (header.length > 0) {
                request.getResponseHeaders().add(header[0], header[1]);
            }
            request.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            request.getResponseBody().write(bytes);
            request.close();
        };
    }

    /// Returns claims of a person who may submit in the project `default`, valid for ten minutes.
    public JwtClaims claims() {
        JwtClaims claims = new JwtClaims();
        claims.setIssuer(url());
        claims.setAudience(AUDIENCE);
        claims.setSubject("olga");
        claims.setIssuedAt(after(Duration.ofMinutes(-10)));
        claims.setExpirationTime(after(Duration.ofMinutes(10)));
        claims.setClaim("finetide_roles", List.of("default:submitter"));
        return claims;
    }

    static NumericDate after(Duration time) {
        return NumericDate.fromSeconds(Instant.now().plus(time).getEpochSecond());
    }

    /// Returns a token with these claims, signed by the RSA key.
    public String token(JwtClaims claims) {
        return sign(claims.toJson(), RSA, "RS256", Map.of());
    }

    String token(Consumer<JwtClaims> change) {
        JwtClaims claims = claims();
        change.accept(claims);
        return token(claims);
    }

    static String sign(String payload, PublicJsonWebKey key, String algorithm, Map<String, Object> header) {
        JsonWebSignature signature = new JsonWebSignature();
        signature.setPayload(payload);
        signature.setAlgorithmHeaderValue(algorithm);
        signature.setKeyIdHeaderValue(key.getKeyId());
        header.forEach((name, value) -> signature.getHeaders().setObjectHeaderValue(name, value));
        PrivateKey own = key.getPrivateKey();
        signature.setKey(own);
        try {
            return signature.getCompactSerialization();
        } catch (JoseException e) {
            throw new IllegalStateException(e);
        }
    }

    OidcSettings settings() {
        return new Settings(
                Optional.of(url()),
                Optional.of(List.of(AUDIENCE)),
                "sub",
                "finetide_roles",
                Optional.empty(),
                Duration.ofSeconds(30),
                Optional.empty(),
                Optional.empty());
    }

    /// Settings of a test.
    record Settings(
            Optional<String> issuer,
            Optional<List<String>> audience,
            String subjectClaim,
            String rolesClaim,
            Optional<List<String>> grants,
            Duration clockLeeway,
            Optional<Path> caFile,
            Optional<String> jwksUri)
            implements OidcSettings {

        static Settings with(OidcSettings of, String subjectClaim, String rolesClaim, String... grants) {
            return new Settings(
                    of.issuer(),
                    of.audience(),
                    subjectClaim,
                    rolesClaim,
                    Optional.of(List.of(grants)),
                    of.clockLeeway(),
                    of.caFile(),
                    of.jwksUri());
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
