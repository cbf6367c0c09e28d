package dev.finetide.modelfiles.template;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.finetide.modelfiles.ModelFormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/// Digests a JSON file so that white space, the order of an object's members and members that are null do not matter.
/// The file is read as a stream, because a `tokenizer.json` may have 35 MB.
final class CanonicalJson {
    private static final JsonFactory JSON = new JsonFactory();

    private CanonicalJson() {}

    /// Digests some members of a file's object into a digest.
    ///
    /// @param members names of the members that count
    /// @throws ModelFormatException when the file is no JSON object
    static void digest(Path file, Set<String> members, MessageDigest into) {
        try (InputStream in = Files.newInputStream(file);
                JsonParser parser = JSON.createParser(in)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new ModelFormatException(file + ": expected a JSON object");
            }
            object(parser, members, into);
        } catch (JsonProcessingException e) {
            throw new ModelFormatException(file + ": not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new ModelFormatException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private static void value(JsonParser parser, MessageDigest into) throws IOException {
        switch (parser.currentToken()) {
            case START_OBJECT -> object(parser, Set.of(), into);
            case START_ARRAY -> {
                into.update((byte) '[');
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    value(parser, into);
                }
                into.update((byte) ']');
            }
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT ->
                text('n', parser.getDecimalValue().stripTrailingZeros().toString(), into);
            case VALUE_STRING -> text('s', parser.getText(), into);
            default -> text('v', parser.getText(), into);
        }
    }

    /// Digests the members of an object in an order that does not depend on the file's.
    ///
    /// @param members names of the members that count; all when empty
    private static void object(JsonParser parser, Set<String> members, MessageDigest into) throws IOException {
        List<byte[]> digests = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            boolean counts = members.isEmpty() || members.contains(name);
            if (parser.nextToken() == JsonToken.VALUE_NULL) {
                continue;
            }
            if (!counts) {
                parser.skipChildren();
                continue;
            }
            MessageDigest member = sha256();
            text('m', name, member);
            value(parser, member);
            digests.add(member.digest());
        }
        digests.sort(Arrays::compare);
        text('o', Integer.toString(digests.size()), into);
        digests.forEach(into::update);
    }

    /// Digests a text with its kind and length, so that no two lists of texts are alike.
    static void text(char kind, String text, MessageDigest into) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        into.update((byte) kind);
        into.update(ByteBuffer.allocate(Integer.BYTES).putInt(utf8.length).array());
        into.update(utf8);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
