package dev.finetide.dataset.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/// Writes JSON trees as compact JSON in UTF-8, with the same bytes as Jackson's, and tells how many bytes are written
/// so far. Not thread-safe.
public final class CanonicalJson {
    private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);

    private byte[] bytes = new byte[512];
    private int size;

    CanonicalJson() {}

    /// Writes a value.
    public static byte[] bytes(JsonNode value) {
        CanonicalJson json = new CanonicalJson();
        json.value(value);
        return json.bytes();
    }

    /// Writes a value as text.
    public static String text(JsonNode value) {
        return new String(bytes(value), StandardCharsets.UTF_8);
    }

    byte[] bytes() {
        return Arrays.copyOf(bytes, size);
    }

    int size() {
        return size;
    }

    /// Writes a part of what was written before to the end of another writer.
    void copyTo(CanonicalJson other, int from, int to) {
        other.room(to - from);
        System.arraycopy(bytes, from, other.bytes, other.size, to - from);
        other.size += to - from;
    }

    CanonicalJson ascii(String text) {
        room(text.length());
        for (int i = 0; i < text.length(); i++) {
            bytes[size++] = (byte) text.charAt(i);
        }
        return this;
    }

    CanonicalJson value(JsonNode value) {
        switch (value) {
            case ObjectNode object -> object(object, "");
            case ArrayNode array -> {
                ascii("[");
                for (int i = 0; i < array.size(); i++) {
                    if (i > 0) {
                        ascii(",");
                    }
                    value(array.get(i));
                }
                ascii("]");
            }
            default -> {
                if (value.isTextual()) {
                    string(value.textValue());
                } else if (value.isNumber()) {
                    ascii(value.isBigDecimal() ? value.decimalValue().toString() : value.asText());
                } else {
                    ascii(value.isNull() ? "null" : Boolean.toString(value.booleanValue()));
                }
            }
        }
        return this;
    }

    /// Writes an object.
    ///
    /// @param without key that is left out, if the object has it
    CanonicalJson object(ObjectNode object, String without) {
        ascii("{");
        boolean first = true;
        for (Map.Entry<String, JsonNode> member : object.properties()) {
            if (!member.getKey().equals(without) || without.isEmpty()) {
                if (!first) {
                    ascii(",");
                }
                first = false;
                string(member.getKey());
                ascii(":");
                value(member.getValue());
            }
        }
        return ascii("}");
    }

    CanonicalJson string(String text) {
        // At most 6 bytes for a char: \u001F.
        room(2);
        bytes[size++] = '"';
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            room(6);
            if (c < 0x80) {
                ascii(c);
            } else if (c < 0x800) {
                bytes[size++] = (byte) (0xC0 | c >> 6);
                bytes[size++] = (byte) (0x80 | c & 0x3F);
            } else if (Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                int point = Character.toCodePoint(c, text.charAt(++i));
                bytes[size++] = (byte) (0xF0 | point >> 18);
                bytes[size++] = (byte) (0x80 | point >> 12 & 0x3F);
                bytes[size++] = (byte) (0x80 | point >> 6 & 0x3F);
                bytes[size++] = (byte) (0x80 | point & 0x3F);
            } else {
                bytes[size++] = (byte) (0xE0 | c >> 12);
                bytes[size++] = (byte) (0x80 | c >> 6 & 0x3F);
                bytes[size++] = (byte) (0x80 | c & 0x3F);
            }
        }
        room(1);
        bytes[size++] = '"';
        return this;
    }

    private void ascii(char c) {
        if (c >= 0x20 && c != '"' && c != '\\') {
            bytes[size++] = (byte) c;
            return;
        }
        bytes[size++] = '\\';
        switch (c) {
            case '"', '\\' -> bytes[size++] = (byte) c;
            case '\n' -> bytes[size++] = 'n';
            case '\t' -> bytes[size++] = 't';
            case '\r' -> bytes[size++] = 'r';
            case '\b' -> bytes[size++] = 'b';
            case '\f' -> bytes[size++] = 'f';
            default -> {
                bytes[size++] = 'u';
                bytes[size++] = '0';
                bytes[size++] = '0';
                bytes[size++] = HEX[c >> 4];
                bytes[size++] = HEX[c & 0xF];
            }
        }
    }

    private void room(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(size + more, 2 * bytes.length));
        }
    }
}
