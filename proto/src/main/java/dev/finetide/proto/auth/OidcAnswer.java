package dev.finetide.proto.auth;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import java.io.IOException;
import java.io.StringReader;
import java.net.URI;
import java.util.Optional;

/// An answer of an OIDC server.
///
/// @param from   address that was asked
/// @param status HTTP status
/// @param text   body; it may have tokens, so no message repeats it
public record OidcAnswer(URI from, int status, String text) {
    private static final int OK = 200;
    private static final int FIRST_REDIRECT = 300;
    private static final int FIRST_ERROR = 400;

    /// Returns whether the server did what was asked.
    public boolean isOk() {
        return status == OK;
    }

    /// Returns the body of an answer with status 200.
    ///
    /// @throws IOException if the status is another one
    public String body() throws IOException {
        if (isOk()) {
            return text;
        }
        boolean isRedirect = status >= FIRST_REDIRECT && status < FIRST_ERROR;
        throw new IOException(
                from + " answered with HTTP status " + status + (isRedirect ? ", and redirects are not followed" : ""));
    }

    /// Returns the body as a JSON object, whatever the status.
    ///
    /// @throws IOException if it is none
    public JsonObject json() throws IOException {
        JsonReader reader = new JsonReader(new StringReader(text));
        reader.setStrictness(Strictness.STRICT);
        try {
            if (JsonParser.parseReader(reader) instanceof JsonObject object) {
                return object;
            }
        } catch (JsonParseException noJson) {
            throw new IOException(noObject(), noJson);
        }
        throw new IOException(noObject());
    }

    private String noObject() {
        return from + " answered with something else than a JSON object (HTTP status " + status + ")";
    }

    /// Returns a text of a JSON object; empty if it has none of this name.
    public static Optional<String> text(JsonObject object, String name) {
        JsonElement value = object.get(name);
        return value != null
                        && value.isJsonPrimitive()
                        && value.getAsJsonPrimitive().isString()
                ? Optional.of(value.getAsString())
                : Optional.empty();
    }

    @Override
    public String toString() {
        return "OidcAnswer[" + from + " " + status + "]";
    }
}
