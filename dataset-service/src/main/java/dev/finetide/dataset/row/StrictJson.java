package dev.finetide.dataset.row;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.CharBuffer;

/// Reads JSON (RFC 8259) strictly: no duplicate keys, no NUL, no lone surrogates, no text after the value, with
/// limits on depth and on the number of tokens. Faults name the place in the row.
final class StrictJson {
    private static final int DEEPEST = 64;
    /// Limit of tokens, which bounds the memory of a row with many tiny values of about 100 bytes each.
    private static final int MOST_TOKENS = 500_000;

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(RowReader.LONGEST_ROW)
                    .maxNameLength(1_000)
                    .maxNestingDepth(DEEPEST)
                    .maxTokenCount(MOST_TOKENS)
                    .build())
            .configure(JsonFactory.Feature.INTERN_FIELD_NAMES, false)
            .configure(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES, false)
            .build();
    private static final ObjectMapper WRITER = new ObjectMapper();

    private StrictJson() {}

    /// Parses a JSON value.
    ///
    /// @param text complete JSON value
    /// @param path place of the value in the row; empty for the row itself
    static JsonNode parse(CharBuffer text, String path) throws RowFault {
        try (JsonParser parser =
                FACTORY.createParser(text.array(), text.arrayOffset() + text.position(), text.remaining())) {
            if (parser.nextToken() == null) {
                throw new RowFault(RowFault.subject(path) + " is not JSON: it is empty");
            }
            JsonNode value = value(parser, path);
            if (parser.nextToken() != null) {
                throw new RowFault(
                        RowFault.subject(path) + " has more text after its JSON value, at column " + column(parser));
            }
            return value;
        } catch (StreamConstraintsException e) {
            throw new RowFault(RowFault.subject(path) + " is nested deeper than " + DEEPEST
                    + " levels, has a key longer than 1000 characters or more than " + MOST_TOKENS + " JSON values");
        } catch (JsonProcessingException e) {
            // Jackson's message would quote the text.
            throw new RowFault(RowFault.subject(path) + " is not JSON"
                    + (e.getLocation() == null
                            ? ""
                            : ", at column " + e.getLocation().getColumnNr()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Tells whether a text is a JSON object or array.
    static boolean isDocument(String text) {
        String stripped = text.strip();
        if (!stripped.startsWith("{") && !stripped.startsWith("[")) {
            return false;
        }
        try {
            parse(CharBuffer.wrap(stripped.toCharArray()), "");
            return true;
        } catch (RowFault notJson) {
            return false;
        }
    }

    static ObjectNode object() {
        return NODES.objectNode();
    }

    static ArrayNode array() {
        return NODES.arrayNode();
    }

    /// Writes a value as compact JSON in UTF-8.
    static byte[] write(JsonNode value) {
        try {
            return WRITER.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a JSON tree can be written", e);
        }
    }

    private static JsonNode value(JsonParser parser, String path) throws IOException, RowFault {
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(parser, path);
            case START_ARRAY -> {
                ArrayNode array = NODES.arrayNode();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    array.add(value(parser, path + "[" + array.size() + "]"));
                }
                yield array;
            }
            case VALUE_STRING -> NODES.textNode(checked(parser.getText(), path));
            case VALUE_NUMBER_INT -> NODES.numberNode(parser.getBigIntegerValue());
            case VALUE_NUMBER_FLOAT -> NODES.numberNode(parser.getDecimalValue());
            case VALUE_TRUE, VALUE_FALSE -> NODES.booleanNode(parser.getBooleanValue());
            case VALUE_NULL -> NODES.nullNode();
            case NOT_AVAILABLE, END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT ->
                throw new RowFault(RowFault.subject(path) + " is not JSON, at column " + column(parser));
        };
    }

    private static ObjectNode object(JsonParser parser, String path) throws IOException, RowFault {
        ObjectNode object = NODES.objectNode();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = checked(parser.currentName(), "a key" + (path.isEmpty() ? "" : " of " + path));
            String inside = (path.isEmpty() ? "" : path + ".") + RowFault.segment(key);
            parser.nextToken();
            if (object.has(key)) {
                throw new RowFault(RowFault.subject(path) + " has the key " + RowFault.quoted(key) + " twice");
            }
            object.set(key, value(parser, inside));
        }
        return object;
    }

    private static String checked(String text, String path) throws RowFault {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                throw new RowFault(RowFault.subject(path) + " has a NUL character");
            }
            if (Character.isSurrogate(c)) {
                if (!Character.isHighSurrogate(c)
                        || i + 1 == text.length()
                        || !Character.isLowSurrogate(text.charAt(i + 1))) {
                    throw new RowFault(RowFault.subject(path) + " has a lone surrogate (half of a UTF-16 pair)");
                }
                i++;
            }
        }
        return text;
    }

    private static int column(JsonParser parser) {
        return parser.currentTokenLocation().getColumnNr();
    }
}
