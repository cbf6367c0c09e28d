package dev.finetide.dataset.row;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;

/// Reads JSON (RFC 8259) strictly: no duplicate keys, no NUL, no lone surrogates, no numbers beyond a double's range,
/// no text after the value, with limits on depth and on the number of tokens. Faults name the place in the row.
/// Whole numbers are exact.
public final class StrictJson {
    /// Length of the longest accepted record or rendered text, in bytes.
    public static final int LONGEST = 8 << 20;

    private static final int DEEPEST = 64;
    private static final int LONGEST_KEY = 1_000;
    private static final int MOST_DIGITS = 1_000;
    /// Limit of tokens, which bounds the memory of a row with many tiny values of about 100 bytes each.
    private static final int MOST_TOKENS = 500_000;

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(LONGEST)
                    .maxNameLength(LONGEST_KEY)
                    .maxNumberLength(MOST_DIGITS)
                    .maxNestingDepth(DEEPEST)
                    .maxTokenCount(MOST_TOKENS)
                    .build())
            .configure(JsonFactory.Feature.INTERN_FIELD_NAMES, false)
            .build();

    /// Values that the texts in one row may still hold, all texts together.
    private static final ScopedValue<int[]> LEFT_IN_ROW = ScopedValue.newInstance();

    private final JsonParser parser;
    private final String root;
    /// Whether texts may hold a NUL or half of a surrogate pair, which only escapes can write.
    private final boolean escapes;

    private StrictJson(JsonParser parser, String root, boolean escapes) {
        this.parser = parser;
        this.root = root;
        this.escapes = escapes;
    }

    /// Parses a JSON value.
    ///
    /// @param utf8 complete JSON value in valid UTF-8
    /// @param path place of the value in the row; empty for the row itself
    public static JsonNode parse(byte[] utf8, String path) throws RowFault {
        try (JsonParser parser = FACTORY.createParser(utf8)) {
            return new StrictJson(parser, path, hasUnicodeEscape(utf8)).document();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Parses a JSON value.
    ///
    /// @param text complete JSON value
    /// @param path place of the value in the row; empty for the row itself
    public static JsonNode parse(String text, String path) throws RowFault {
        try (JsonParser parser = FACTORY.createParser(text)) {
            return new StrictJson(parser, path, true).document();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Reads the parts of one row.
    public interface Reading<T> {
        T read() throws RowFault;
    }

    /// Reads the parts of one row. All JSON texts within the row together hold at most as many values as one row may:
    /// a row of a thousand small texts costs no more memory than a row that is one value.
    public static <T> T forOneRow(Reading<T> reading) throws RowFault {
        return ScopedValue.where(LEFT_IN_ROW, new int[] {MOST_TOKENS}).call(reading::read);
    }

    /// Tells whether a text is a JSON object or array.
    static boolean isDocument(String text) {
        String stripped = text.strip();
        if (!stripped.startsWith("{") && !stripped.startsWith("[")) {
            return false;
        }
        try {
            parse(stripped, "");
            return true;
        } catch (RowFault notJson) {
            return false;
        }
    }

    public static ObjectNode object() {
        return NODES.objectNode();
    }

    public static ArrayNode array() {
        return NODES.arrayNode();
    }

    private JsonNode document() throws IOException, RowFault {
        try {
            if (parser.nextToken() == null) {
                throw RowFault.at(root, "is not JSON: it is empty");
            }
            JsonNode value = value();
            if (parser.nextToken() != null) {
                throw RowFault.at(root, "has more text after its JSON value, at column " + column());
            }
            return value;
        } catch (StreamConstraintsException e) {
            throw RowFault.at(
                    root,
                    "is nested deeper than " + DEEPEST + " levels, has a key longer than " + LONGEST_KEY
                            + " characters, a number of more than " + MOST_DIGITS + " digits or more than "
                            + MOST_TOKENS + " JSON values");
        } catch (JsonProcessingException e) {
            // Jackson's message would quote the text.
            throw RowFault.at(
                    root,
                    "is not JSON"
                            + (e.getLocation() == null
                                    ? ""
                                    : ", at column " + e.getLocation().getColumnNr()));
        }
    }

    private JsonNode value() throws IOException, RowFault {
        if (LEFT_IN_ROW.isBound() && LEFT_IN_ROW.get()[0]-- <= 0) {
            throw RowFault.at(
                    root, "is one JSON text too many: those of the row hold more than " + MOST_TOKENS + " values");
        }
        return switch (parser.currentToken()) {
            case START_OBJECT -> readObject();
            case START_ARRAY -> {
                ArrayNode array = NODES.arrayNode();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    array.add(value());
                }
                yield array;
            }
            case VALUE_STRING -> {
                String text = parser.getText();
                String fault = fault(text);
                if (!fault.isEmpty()) {
                    throw RowFault.at(place(parser.getParsingContext()), fault);
                }
                yield NODES.textNode(text);
            }
            case VALUE_NUMBER_INT ->
                switch (parser.getNumberType()) {
                    case INT -> NODES.numberNode(parser.getIntValue());
                    case LONG -> NODES.numberNode(parser.getLongValue());
                    default -> NODES.numberNode(parser.getBigIntegerValue());
                };
            case VALUE_NUMBER_FLOAT -> decimal();
            case VALUE_TRUE, VALUE_FALSE -> NODES.booleanNode(parser.getBooleanValue());
            case VALUE_NULL -> NODES.nullNode();
            case NOT_AVAILABLE, END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT ->
                throw RowFault.at(root, "is not JSON, at column " + column());
        };
    }

    private JsonNode readObject() throws IOException, RowFault {
        ObjectNode object = NODES.objectNode();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            String fault = fault(key);
            if (!fault.isEmpty()) {
                String holder = holder();
                throw RowFault.of(holder, "a key" + (holder.isEmpty() ? "" : " of " + holder) + " " + fault);
            }
            parser.nextToken();
            if (object.replace(key, value()) != null) {
                throw RowFault.at(holder(), "has " + RowFault.key(holder(), key) + " twice");
            }
        }
        return object;
    }

    private JsonNode decimal() throws IOException, RowFault {
        String written = parser.getText();
        BigDecimal value;
        try {
            value = new BigDecimal(written);
        } catch (NumberFormatException e) {
            throw outOfRange();
        }
        double rounded = value.doubleValue();
        if (Double.isInfinite(rounded) || rounded == 0 && value.signum() != 0) {
            throw outOfRange();
        }
        return written.equals(value.toString()) ? NODES.numberNode(value) : new WrittenNumber(value, written);
    }

    private RowFault outOfRange() {
        return RowFault.at(
                place(parser.getParsingContext()), "is a number out of range: at most 1.8e308, at least 4.9e-324");
    }

    /// Returns the clause of a text that no row may have; empty for all other texts.
    private String fault(String text) {
        if (!escapes) {
            return "";
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                return "has a NUL character";
            }
            if (Character.isSurrogate(c)) {
                if (!Character.isHighSurrogate(c)
                        || i + 1 == text.length()
                        || !Character.isLowSurrogate(text.charAt(i + 1))) {
                    return "has a lone surrogate (half of a UTF-16 pair)";
                }
                i++;
            }
        }
        return "";
    }

    /// Returns the place of the object that is read now.
    private String holder() {
        JsonStreamContext outer = parser.getParsingContext().getParent();
        return outer == null ? root : place(outer);
    }

    /// Returns the place of the current value of a context.
    private String place(JsonStreamContext context) {
        if (context.inRoot()) {
            return root;
        }
        String outer = place(context.getParent());
        return context.inArray()
                ? outer + "[" + context.getCurrentIndex() + "]"
                : RowFault.place(outer, context.getCurrentName());
    }

    private int column() {
        return parser.currentTokenLocation().getColumnNr();
    }

    private static boolean hasUnicodeEscape(byte[] utf8) {
        for (int i = 0; i < utf8.length - 1; i++) {
            if (utf8[i] == '\\' && utf8[i + 1] == 'u') {
                return true;
            }
        }
        return false;
    }
}
