package dev.finetide.kit.auth;

import static dev.finetide.kit.auth.TestIssuer.after;
import static dev.finetide.kit.auth.TestIssuer.answer;
import static dev.finetide.kit.auth.TestIssuer.sign;
import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpHandler;
import dev.finetide.kit.auth.TestIssuer.Settings;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.time.Moment;
import dev.finetide.proto.auth.v1.Role;
import dev.finetide.proto.errors.v1.ErrorReason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jose4j.jwk.JsonWebKey.OutputControlLevel;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jwk.RsaJwkGenerator;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.NumericDate;
import org.jose4j.lang.JoseException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Each token that is not of the issuer, for this installation and valid now is refused, and each lie of
/// the issuer's key address leaves the keys of before.
class OidcTokensTest {
    private final TestIssuer issuer = new TestIssuer();
    private Duration gone = Duration.ZERO;
    private Duration clockStep = Duration.ZERO;

    OidcTokensTest() throws IOException {}

    @AfterEach
    void stop() {
        issuer.close();
    }

    private OidcTokens tokens() {
        return tokens(issuer.settings());
    }

    private OidcTokens tokens(OidcSettings settings) {
        return new OidcTokens(
                settings,
                OidcTokens.source(settings),
                () -> new Moment(0).plus(gone),
                () -> Instant.now().plus(clockStep));
    }

    /// Waits for keys as a call does, and judges a token.
    private static Identity judged(OidcTokens tokens, String token) {
        tokens.awaited(new SentToken(token)).ifPresent(keys -> keys.join());
        return tokens.identify(new SentToken(token)).orElseThrow();
    }

    private static ApiException refusal(OidcTokens tokens, String token) {
        return catchThrowableOfType(ApiException.class, () -> judged(tokens, token));
    }

    private static String encoded(String text) {
        return encoded(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String encoded(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    @Test
    void aTokenOfTheIssuerNamesItsCallerAndRoles() {
        OidcTokens tokens = tokens();
        Identity olga = judged(tokens, issuer.token(issuer.claims()));
        assertThat(olga)
                .isEqualTo(new Identity("olga", issuer.url(), Identity.Kind.USER, Map.of("default", Role.SUBMITTER)));
        assertThat(issuer.asked).as("requests for the keys").hasValue(1);
    }

    @Test
    void everyAsymmetricAlgorithmIsTaken() {
        OidcTokens tokens = tokens();
        String claims = issuer.claims().toJson();
        for (String algorithm : List.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")) {
            assertThat(judged(tokens, sign(claims, TestIssuer.RSA, algorithm, Map.of()))
                            .subject())
                    .as(algorithm)
                    .isEqualTo("olga");
        }
        assertThat(judged(tokens, sign(claims, TestIssuer.CURVE, "ES256", Map.of()))
                        .subject())
                .isEqualTo("olga");
        assertThat(judged(tokens, sign(claims, TestIssuer.EDWARDS, "EdDSA", Map.of()))
                        .subject())
                .isEqualTo("olga");
    }

    @Test
    void aTokenMaySayThatItIsOne() {
        OidcTokens tokens = tokens();
        for (String type : List.of("JWT", "jwt", "at+jwt", "application/at+jwt")) {
            String token = sign(issuer.claims().toJson(), TestIssuer.RSA, "RS256", Map.of("typ", type));
            assertThat(judged(tokens, token).subject()).as(type).isEqualTo("olga");
        }
    }

    @Test
    void whatIsNoSignedTokenIsAnothersToKnow() {
        OidcTokens tokens = tokens();
        for (String other : List.of("", "s3cret", "a.b.c", "eyJ", "eyJ.x", "eyJ a.b.c", "ey.ey.ey")) {
            assertThat(tokens.identify(new SentToken(other))).as(other).isEmpty();
            assertThat(tokens.awaited(new SentToken(other))).as(other).isEmpty();
        }
    }

    /// Returns tokens that must be refused, by what is wrong, each with words of its refusal.
    private Map<String, Map.Entry<String, String>> badTokens() throws Exception {
        Map<String, Map.Entry<String, String>> bad = new LinkedHashMap<>();
        String claims = issuer.claims().toJson();
        String body = encoded(claims);
        bad.put("expired", of("has expired", issuer.token(c -> c.setExpirationTime(after(Duration.ofSeconds(-31))))));
        bad.put("not yet valid", of("not valid yet", issuer.token(c -> c.setNotBefore(after(Duration.ofSeconds(40))))));
        bad.put("no expiry", of("no time of expiry", issuer.token(c -> c.unsetClaim("exp"))));
        bad.put("expiry of another type", of("in another form", issuer.token(c -> c.setClaim("exp", "tomorrow"))));
        bad.put("expiry without end", of("", issuer.token(c -> c.setClaim("exp", Long.MAX_VALUE))));
        bad.put("wrong audience", of("another audience", issuer.token(c -> c.setAudience("wiki"))));
        bad.put("audience of another stack", of("another audience", issuer.token(c -> c.setAudience("finetide2"))));
        bad.put("no audience", of("another audience", issuer.token(c -> c.unsetClaim("aud"))));
        bad.put("wrong issuer", of("another issuer", issuer.token(c -> c.setIssuer("https://elsewhere.example"))));
        bad.put("issuer and a slash", of("another issuer", issuer.token(c -> c.setIssuer(issuer.url() + "/"))));
        bad.put("no issuer", of("another issuer", issuer.token(c -> c.unsetClaim("iss"))));
        bad.put("issuer in a list", of("another issuer", issuer.token(c -> c.setClaim("iss", List.of(issuer.url())))));
        bad.put("alg none", of("algorithm none", encoded("{\"alg\":\"none\"}") + "." + body + "."));
        bad.put("alg NoNe", of("algorithm NoNe", encoded("{\"alg\":\"NoNe\",\"kid\":\"rsa-1\"}") + "." + body + "."));
        bad.put("no alg", of("no algorithm", encoded("{\"kid\":\"rsa-1\"}") + "." + body + ".AAAA"));
        bad.put(
                "HMAC by the public key",
                of("algorithm HS256", hmac(TestIssuer.RSA.getPublicKey().getEncoded(), body)));
        bad.put("HMAC by the public key as PEM", of("algorithm HS256", hmac(pem(TestIssuer.RSA), body)));
        bad.put("an algorithm of another kind of key", of("does not list", header("ES256", "rsa-1") + body + ".AAAA"));
        bad.put("a signature of zeros", of("signature", header("ES256", "ec-1") + body + "." + encoded(new byte[64])));
        bad.put("no signature", of("signature", header("RS256", "rsa-1") + body + "."));
        bad.put("changed claims", of("signature", changed(issuer.token(issuer.claims()))));
        bad.put(
                "critical extension",
                of("crit", sign(claims, TestIssuer.RSA, "RS256", Map.of("crit", List.of("exp")))));
        bad.put("nested token", of("holds another token", sign(claims, TestIssuer.RSA, "RS256", Map.of("cty", "JWT"))));
        bad.put(
                "a token as claims",
                of("not a signed JWT", sign(issuer.token(issuer.claims()), TestIssuer.RSA, "RS256", Map.of())));
        bad.put("claims that are a list", of("not a signed JWT", sign("[]", TestIssuer.RSA, "RS256", Map.of())));
        bad.put(
                "a claim twice",
                of(
                        "no name twice",
                        sign("{\"sub\":\"root\"," + claims.substring(1), TestIssuer.RSA, "RS256", Map.of())));
        bad.put(
                "a header twice",
                of(
                        "no name twice",
                        encoded("{\"alg\":\"none\",\"alg\":\"RS256\",\"kid\":\"rsa-1\"}") + "." + body + ".AAAA"));
        bad.put("encrypted", of("not a signed JWT", header("RSA-OAEP", "rsa-1") + "a.b.c." + body));
        bad.put("deep nesting", of("", header("RS256", "rsa-1") + encoded("[".repeat(5_000)) + ".AAAA"));
        bad.put("no subject", of("names nobody", issuer.token(c -> c.unsetClaim("sub"))));
        bad.put("subject of another type", of("in another form", issuer.token(c -> c.setClaim("sub", 7))));
        bad.put("issued after its end", of("not valid", issuer.token(c -> c.setIssuedAt(after(Duration.ofHours(1))))));
        bad.put("an audience that is a number", of("in another form", issuer.token(c -> c.setClaim("aud", 7))));
        for (String name : List.of("alg", "kid", "typ")) {
            for (String value : List.of("7", "[\"RS256\"]", "{\"a\":1}", "true")) {
                String odd = encoded("{\"alg\":\"RS256\",\"kid\":\"rsa-1\",\"typ\":\"JWT\"}"
                        .replaceFirst("(\"" + name + "\":)\"[^\"]*\"", "$1" + value.replace("$", "\\$")));
                bad.put(name + " " + value, of("header has a value for " + name, odd + "." + body + ".AAAA"));
            }
        }
        bad.put(
                "an order to log out",
                of("no proof of a login", sign(claims, TestIssuer.RSA, "RS256", Map.of("typ", "logout+jwt"))));
        bad.put(
                "an event",
                of("no proof of a login", issuer.token(c -> c.setClaim("events", Map.of("urn:logout", Map.of())))));
        bad.put("subject with a space before", of("spaces at an end", issuer.token(c -> c.setSubject(" olga"))));
        bad.put("subject with a line", of("do not print", issuer.token(c -> c.setSubject("a\nWARN forged"))));
        bad.put("roles of another type", of("not a list of texts", issuer.token(c -> c.setClaim("finetide_roles", 7))));
        bad.put(
                "a role of another type",
                of(
                        "not a list of texts",
                        issuer.token(c -> c.setClaim("finetide_roles", List.of("default:admin", Map.of("a", 1))))));
        bad.put("too long", of("more than 16 KiB", issuer.token(c -> c.setClaim("x", "y".repeat(16 << 10)))));
        bad.put("a megabyte", of("more than 16 KiB", "eyJ" + "a".repeat(1 << 20) + ".b.c"));
        return bad;
    }

    private static Map.Entry<String, String> of(String words, String token) {
        return Map.entry(token, words);
    }

    private static String header(String algorithm, String key) {
        return encoded("{\"alg\":\"" + algorithm + "\",\"kid\":\"" + key + "\"}") + ".";
    }

    private static String changed(String token) {
        String[] parts = token.split("\\.");
        String claims = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8);
        return parts[0] + "." + encoded(claims.replace("submitter", "admin")) + "." + parts[2];
    }

    private static byte[] pem(PublicJsonWebKey key) {
        return ("-----BEGIN PUBLIC KEY-----\n"
                        + Base64.getMimeEncoder(64, new byte[] {'\n'})
                                .encodeToString(key.getPublicKey().getEncoded())
                        + "\n-----END PUBLIC KEY-----\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static String hmac(byte[] key, String body) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        String signed = header("HS256", "rsa-1") + body;
        return signed + "." + encoded(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));
    }

    @Test
    void everyBadTokenIsRefusedWithItsReasonAndWithoutItsText() throws Exception {
        OidcTokens tokens = tokens();
        judged(tokens, issuer.token(issuer.claims()));
        for (Map.Entry<String, Map.Entry<String, String>> bad : badTokens().entrySet()) {
            String token = bad.getValue().getKey();
            ApiException refusal = refusal(tokens, token);
            assertThat(refusal).as(bad.getKey()).isNotNull();
            assertThat(refusal.reason()).as(bad.getKey()).isEqualTo(ErrorReason.UNAUTHENTICATED);
            assertThat(refusal)
                    .as(bad.getKey())
                    .hasMessageContaining(bad.getValue().getValue())
                    .hasMessageNotContaining("olga")
                    .hasMessageNotContaining(token.substring(0, Math.min(40, token.length())));
        }
        assertThat(judged(tokens, issuer.token(issuer.claims())).subject()).isEqualTo("olga");
        assertThat(issuer.asked).as("bad tokens make no requests").hasValue(1);
    }

    @Test
    void aKeyThatTheTokenBringsAlongIsNotLookedAt() throws Exception {
        OidcTokens tokens = tokens();
        judged(tokens, issuer.token(issuer.claims()));
        try (TestIssuer attacker = new TestIssuer()) {
            PublicJsonWebKey own = PublicJsonWebKey.Factory.newPublicJwk(TestIssuer.NEXT.getKey());
            own.setPrivateKey(TestIssuer.NEXT.getPrivateKey());
            own.setKeyId("rsa-1");
            attacker.publish(own);
            Map<String, Object> key = own.toParams(OutputControlLevel.PUBLIC_ONLY);
            for (Map<String, Object> header : List.<Map<String, Object>>of(
                    Map.of("jku", attacker.url() + "/keys"),
                    Map.of("x5u", attacker.url() + "/keys"),
                    Map.of("jwk", key))) {
                String token = sign(issuer.claims().toJson(), own, "RS256", header);
                assertThat(refusal(tokens, token)).hasMessageContaining("signature is not that of");
            }
            assertThat(attacker.asked).hasValue(0);
        }
    }

    @Test
    void clocksMayDifferByTheLeewayOnly() {
        OidcTokens tokens = tokens();
        assertThat(judged(tokens, issuer.token(c -> c.setExpirationTime(after(Duration.ofSeconds(-25))))))
                .isNotNull();
        assertThat(judged(tokens, issuer.token(c -> c.setNotBefore(after(Duration.ofSeconds(25))))))
                .isNotNull();
    }

    @Test
    void aKnownTokenIsForgottenWhenItExpires() {
        // Given a token that was checked, and is too old by now to be checked with success again
        OidcTokens tokens = tokens();
        NumericDate soon = after(Duration.ofSeconds(-25));
        String token = issuer.token(c -> c.setExpirationTime(soon));
        judged(tokens, token);
        await().untilAsserted(() -> assertThat(refusal(tokens, issuer.token(c -> {
                    c.setExpirationTime(soon);
                    c.setJwtId(UUID.randomUUID().toString());
                })))
                .isNotNull()
                .hasMessageContaining("has expired"));
        // Then the clock says how long it is known
        clockStep = Duration.ofHours(-1);
        assertThat(judged(tokens, token)).as("known, not checked again").isNotNull();
        clockStep = Duration.ZERO;
        assertThat(refusal(tokens, token)).isNotNull().hasMessageContaining("has expired");
    }

    @Test
    void aRotatedKeyIsFetchedAndItsPredecessorForgotten() {
        OidcTokens tokens = tokens();
        String before = issuer.token(issuer.claims());
        judged(tokens, before);
        PublicJsonWebKey next = TestIssuer.NEXT;
        issuer.publish(next);
        String token = sign(issuer.claims().toJson(), next, "RS256", Map.of());
        gone = OidcKeys.PAUSE.minusMillis(1);
        assertThat(refusal(tokens, token)).as("no request yet").hasMessageContaining("does not list");
        gone = OidcKeys.PAUSE;
        assertThat(judged(tokens, token).subject()).isEqualTo("olga");
        assertThat(issuer.asked).hasValue(2);
        assertThat(refusal(tokens, before)).as("its key is withdrawn").hasMessageContaining("does not list");
    }

    @Test
    void withdrawnKeysAreNoticedWhileOthersAreUsed() {
        OidcTokens tokens = tokens();
        judged(tokens, issuer.token(issuer.claims()));
        issuer.publish(TestIssuer.CURVE);
        gone = OidcKeys.STALE;
        await().untilAsserted(() -> assertThat(refusal(tokens, issuer.token(c -> c.setJwtId("2"))))
                .isNotNull()
                .hasMessageContaining("does not list"));
    }

    @Test
    void aTokenThatIsUsedAgainAndAgainEndsWithItsKey() {
        OidcTokens tokens = tokens();
        String token = issuer.token(issuer.claims());
        judged(tokens, token);
        issuer.publish(TestIssuer.CURVE);
        gone = OidcKeys.STALE;
        await().untilAsserted(
                        () -> assertThat(refusal(tokens, token)).isNotNull().hasMessageContaining("does not list"));
    }

    @Test
    void forgedKeyNamesAreNoFloodForTheIssuer() {
        OidcTokens tokens = tokens();
        judged(tokens, issuer.token(issuer.claims()));
        gone = Duration.ofSeconds(60);
        for (int i = 0; i < 200; i++) {
            String forged = sign(issuer.claims().toJson(), TestIssuer.curve("forged-" + i), "ES256", Map.of());
            assertThat(refusal(tokens, forged).reason()).isEqualTo(ErrorReason.UNAUTHENTICATED);
        }
        assertThat(issuer.asked).hasValue(2);
    }

    @Test
    void aLieAboutTheKeysLeavesThoseOfBefore() throws Exception {
        PublicJsonWebKey next = TestIssuer.NEXT;
        String unknown = sign(issuer.claims().toJson(), next, "RS256", Map.of());
        PublicJsonWebKey small = RsaJwkGenerator.generateJwk(1024);
        OidcTokens tokens = tokens();
        judged(tokens, issuer.token(issuer.claims()));
        Map<HttpHandler, String> lies = new LinkedHashMap<>();
        lies.put(answer(500, "oops"), "HTTP status 500");
        lies.put(answer(302, "", "Location", "http://127.0.0.1:1/keys"), "redirects are not followed");
        lies.put(answer(200, ""), "not of the form");
        lies.put(answer(200, "<html>"), "not of the form");
        lies.put(answer(200, "{}"), "not of the form");
        lies.put(answer(200, "[]"), "not of the form");
        lies.put(answer(200, "{\"keys\": {}}"), "not of the form");
        lies.put(answer(200, "{\"keys\": []}"), "no key of use");
        lies.put(answer(200, "{\"keys\": [7, {}, {\"kty\": \"RSA\"}]}"), "");
        lies.put(answer(200, "{\"keys\": [{\"kty\": \"oct\", \"k\": \"c2VjcmV0\"}]}"), "no key of use");
        lies.put(answer(200, "{\"keys\": [" + small.toJson() + "]}"), "no key of use");
        lies.put(answer(200, "{\"keys\": [" + "{},".repeat(400_000) + "{}]}"), "more than 1024 KiB");
        lies.put(request -> request.close(), "broke the connection");
        for (Map.Entry<HttpHandler, String> lie : lies.entrySet()) {
            gone = gone.plus(OidcKeys.PAUSE);
            issuer.lie(lie.getKey());
            ApiException refusal = refusal(tokens, unknown);
            assertThat(refusal.reason()).as(lie.getValue()).isEqualTo(ErrorReason.DEPENDENCY_UNAVAILABLE);
            assertThat(refusal).hasMessageContaining(lie.getValue()).hasMessageContaining(issuer.url());
            assertThat(judged(tokens, issuer.token(issuer.claims())).subject()).isEqualTo("olga");
        }
        gone = gone.plus(OidcKeys.PAUSE);
        issuer.publish(next);
        assertThat(judged(tokens, unknown).subject()).isEqualTo("olga");
    }

    @Test
    void aKeyAddressThatHangsIsGivenUp() {
        OidcTokens tokens = tokens();
        judged(tokens, issuer.token(issuer.claims()));
        issuer.lie(request -> {
            request.sendResponseHeaders(200, 1_000); // and nothing follows
            request.getResponseBody().flush();
        });
        gone = OidcKeys.PAUSE;
        String unknown = sign(issuer.claims().toJson(), TestIssuer.NEXT, "RS256", Map.of());
        CompletableFuture<Void> waiting = tokens.awaited(new SentToken(unknown)).orElseThrow();
        assertThat(tokens.awaited(new SentToken(issuer.token(issuer.claims()))))
                .as("nobody else waits")
                .isEmpty();
        waiting.join();
        assertThat(refusal(tokens, unknown)).hasMessageContaining("did not answer within 5 s");
        assertThat(judged(tokens, issuer.token(issuer.claims())).subject()).isEqualTo("olga");
    }

    @Test
    void aServiceStartsWithoutTheIssuerAndKnowsCallersOnceItIsThere() {
        issuer.lie(answer(503, ""));
        OidcTokens tokens = tokens();
        String token = issuer.token(issuer.claims());
        ApiException refusal = refusal(tokens, token);
        assertThat(refusal.reason()).isEqualTo(ErrorReason.DEPENDENCY_UNAVAILABLE);
        assertThat(refusal).hasMessageContaining("HTTP status 503");
        issuer.publish(TestIssuer.RSA);
        gone = OidcKeys.PAUSE;
        assertThat(judged(tokens, token).subject()).isEqualTo("olga");
    }

    @Test
    void aTokenWithoutAKeyNameIsCheckedByEachKeyOfItsKind() throws JoseException {
        issuer.publish(TestIssuer.NEXT, TestIssuer.RSA, TestIssuer.CURVE);
        PublicJsonWebKey unnamed = PublicJsonWebKey.Factory.newPublicJwk(TestIssuer.RSA.getKey());
        unnamed.setPrivateKey(TestIssuer.RSA.getPrivateKey());
        String token = sign(issuer.claims().toJson(), unnamed, "RS256", Map.of());
        assertThat(judged(tokens(), token).subject()).isEqualTo("olga");
    }

    @Test
    void claimsBecomeRolesAsTheSettingsSay() {
        OidcTokens tokens = tokens(Settings.with(
                issuer.settings(),
                "preferred_username",
                "realm_access.roles",
                "ml-team:default=submitter",
                "ml-team:research=viewer",
                "/leads:*=reviewer"));
        Identity omar = judged(tokens, issuer.token(claims -> {
            claims.setClaim("preferred_username", "omar@example.com");
            claims.setClaim(
                    "realm_access",
                    Map.of("roles", List.of("ml-team", "offline_access", "default:viewer", "x:admin", "y:king")));
        }));
        assertThat(omar.subject()).isEqualTo("omar@example.com");
        assertThat(omar.roles()).isEqualTo(Map.of("default", Role.SUBMITTER, "research", Role.VIEWER, "x", Role.ADMIN));
    }

    @Test
    void aClaimMayBeATextAndItsNameMayHaveDots() {
        OidcTokens tokens = tokens(Settings.with(issuer.settings(), "sub", "https://example.com/roles"));
        Identity caller = judged(
                tokens, issuer.token(c -> c.setClaim("https://example.com/roles", "default:viewer research:admin")));
        assertThat(caller.roles()).isEqualTo(Map.of("default", Role.VIEWER, "research", Role.ADMIN));
        assertThat(judged(tokens, issuer.token(JwtClaims::setGeneratedJwtId)).roles())
                .as("without the claim")
                .isEmpty();
    }

    @Test
    void settingsThatWouldTakeAnyTokenOrNoneDoNotStart() {
        OidcSettings good = issuer.settings();
        Settings noAudience = new Settings(
                good.issuer(),
                Optional.empty(),
                "sub",
                "roles",
                Optional.empty(),
                good.clockLeeway(),
                Optional.empty(),
                Optional.empty());
        assertThatThrownBy(() -> new OidcTokens(noAudience)).hasMessageContaining("finetide.auth.oidc.audience");
        for (String grant : Stream.of("ml", "ml:default", "ml:default=king", "ml:De fault=admin", ":default=admin")
                .toList()) {
            assertThatThrownBy(() -> new OidcTokens(Settings.with(good, "sub", "roles", grant)))
                    .as(grant)
                    .hasMessageContaining("VALUE:PROJECT=ROLE");
        }
        for (String url : List.of("login.example.com", "http://login.example.com", "ftp://x/y", "https://u:p@x/")) {
            Settings away = new Settings(
                    Optional.of(url),
                    good.audience(),
                    "sub",
                    "roles",
                    Optional.empty(),
                    good.clockLeeway(),
                    Optional.empty(),
                    Optional.empty());
            assertThatThrownBy(() -> new OidcTokens(away)).as(url).hasMessageContaining("finetide.auth.oidc");
        }
    }
}
