package dev.finetide.kit.auth;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.Printable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jose4j.jwt.JwtClaims;

/// Reads who a caller is out of the claims of a token that was checked.
final class OidcClaims {
    private static final int LONGEST_SUBJECT = 200;

    private final String issuer;
    private final String subject;
    private final String roles;
    private final OidcGrants grants;

    OidcClaims(OidcSettings settings) {
        this.issuer = settings.issuer().orElseThrow();
        this.subject = settings.subjectClaim();
        this.roles = settings.rolesClaim();
        this.grants = new OidcGrants(settings.grants().orElse(List.of()));
    }

    /// Returns the caller.
    ///
    /// @throws ApiException UNAUTHENTICATED if a claim that is needed is missing or of another type
    Identity identity(JwtClaims claims) {
        Object name = value(claims, subject).orElse("");
        if (!(name instanceof String text) || text.isBlank()) {
            throw Access.unauthenticated("the token's claim " + subject + " names nobody, expected a text");
        }
        if (text.length() > LONGEST_SUBJECT
                || !Printable.of(text).equals(text)
                || !text.strip().equals(text)) {
            throw Access.unauthenticated("the token's claim " + subject + " has more than " + LONGEST_SUBJECT
                    + " characters, some that do not print, or spaces at an end");
        }
        List<String> values = value(claims, roles).map(value -> texts(value)).orElse(List.of());
        return new Identity(text, issuer, Identity.Kind.USER, grants.roles(values));
    }

    private List<String> texts(Object value) {
        if (value instanceof String text) {
            return List.of(text.strip().split("[ ,]+"));
        }
        if (value instanceof List<?> list && list.stream().allMatch(String.class::isInstance)) {
            return list.stream().map(String.class::cast).toList();
        }
        throw Access.unauthenticated("the token's claim " + roles + " is not a list of texts");
    }

    /// Finds a claim by its whole name, which may have dots (`https://example.com/roles`), or by the path to it.
    private static Optional<Object> value(JwtClaims claims, String path) {
        if (claims.hasClaim(path)) {
            return Optional.ofNullable(claims.getClaimValue(path));
        }
        Object at = claims.getClaimsMap();
        for (String step : path.split("\\.")) {
            at = at instanceof Map<?, ?> map ? map.get(step) : null;
        }
        return Optional.ofNullable(at);
    }
}
