package dev.finetide.cli.client;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;

/// Reads claims of a signed token (JWT). The signature is not checked: services do that.
///
/// @param claims empty if the text is no such token
public record TokenClaims(JsonObject claims) {
    private static final Pattern SIGNED = Pattern.compile("eyJ[A-Za-z0-9_-]*\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+");

    /// Returns whether a token is signed, so that a service can check it without asking the issuer.
    public static boolean isSigned(String token) {
        return SIGNED.matcher(token).matches();
    }

    /// Reads the claims of a token.
    public static TokenClaims of(String token) {
        try {
            if (isSigned(token)
                    && JsonParser.parseString(new String(
                                    Base64.getUrlDecoder().decode(token.split("\\.")[1]), StandardCharsets.UTF_8))
                            instanceof JsonObject object) {
                return new TokenClaims(object);
            }
        } catch (IllegalArgumentException | JsonParseException noClaims) {
            return new TokenClaims(new JsonObject());
        }
        return new TokenClaims(new JsonObject());
    }

    /// Returns a claim that is a text; empty if there is none.
    public String text(String name) {
        JsonElement value = claims.get(name);
        return value != null && value.isJsonPrimitive() ? value.getAsString() : "";
    }

    /// Returns a name that people know the user by.
    public String person() {
        for (String name : new String[] {"preferred_username", "email", "name", "sub"}) {
            if (!text(name).isEmpty()) {
                return text(name);
            }
        }
        return "";
    }

    public Optional<Instant> expires() {
        return time("exp");
    }

    Optional<Instant> issued() {
        return time("iat");
    }

    private Optional<Instant> time(String name) {
        try {
            String value = text(name);
            return value.isEmpty()
                    ? Optional.empty()
                    : Optional.of(Instant.ofEpochSecond((long) Double.parseDouble(value)));
        } catch (NumberFormatException | DateTimeException noTime) {
            return Optional.empty();
        }
    }
}
