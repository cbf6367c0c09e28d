package dev.finetide.dataset.record;

import dev.finetide.dataset.row.StrictJson;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/// Reads JSON values from bytes without parsing them: a value ends where its brackets and quotes do. Not thread-safe.
final class JsonBytes implements Closeable {
    /// @param bytes  the value; empty if it is longer than allowed
    /// @param length length of the value in bytes
    /// @param cut    whether the file ends within the value
    record Value(byte[] bytes, long length, boolean cut) {}

    private final InputStream in;
    private final byte[] chunk = new byte[1 << 16];
    private int position;
    private int limit;
    private long consumed;
    private long line = 1;

    private final ByteArrayOutputStream kept = new ByteArrayOutputStream(1 << 12);
    private long length;

    JsonBytes(InputStream in) {
        this.in = in;
    }

    /// Returns the next byte without reading it, -1 at the end.
    int peek() throws IOException {
        return position < limit || fill() ? chunk[position] & 0xFF : -1;
    }

    int read() throws IOException {
        int b = peek();
        if (b >= 0) {
            position++;
            line += b == '\n' ? 1 : 0;
        }
        return b;
    }

    /// Returns the 1-based line of the next byte.
    long line() {
        return line;
    }

    /// Returns the 0-based offset of the next byte.
    long offset() {
        return consumed - (limit - position);
    }

    void skipSpace() throws IOException {
        for (int b = peek(); b >= 0 && JsonOutline.isSpace((byte) b); b = peek()) {
            read();
        }
    }

    /// Reads the beginning of an object up to the value of a member that is a list. Stays at the end of the object if
    /// it has no such member.
    void enterMember(String key) throws IOException {
        read();
        skipSpace();
        while (peek() == '"') {
            String name = new String(value().bytes(), StandardCharsets.UTF_8);
            skipSpace();
            if (peek() == ':') {
                read();
            }
            skipSpace();
            if (peek() == '[' && name.equals('"' + key + '"')) {
                return;
            }
            value();
            skipSpace();
            if (peek() == ',') {
                read();
            }
            skipSpace();
        }
    }

    /// Reads a value, or at least one byte.
    Value value() throws IOException {
        kept.reset();
        length = 0;
        int depth = 0;
        boolean quoted = false;
        int first = peek();
        boolean scalar = first != '{' && first != '[' && first != '"';
        while (true) {
            int b = peek();
            if (b < 0) {
                return new Value(kept.toByteArray(), length, !scalar);
            }
            if (scalar && length > 0 && (b == ',' || b == ']' || b == '}' || JsonOutline.isSpace((byte) b))) {
                return new Value(kept.toByteArray(), length, false);
            }
            keep(read());
            if (quoted && b == '\\' && peek() >= 0) {
                keep(read());
            } else if (b == '"') {
                quoted = !quoted;
            } else if (!quoted && (b == '{' || b == '[')) {
                depth++;
            } else if (!quoted && (b == '}' || b == ']')) {
                depth--;
            }
            if (!scalar && !quoted && depth <= 0) {
                return new Value(kept.toByteArray(), length, false);
            }
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    private void keep(int b) {
        length++;
        if (length <= StrictJson.LONGEST) {
            kept.write(b);
        } else if (kept.size() > 0) {
            kept.reset();
        }
    }

    private boolean fill() throws IOException {
        int read = in.read(chunk, 0, chunk.length);
        if (read <= 0) {
            return false;
        }
        position = 0;
        limit = read;
        consumed += read;
        return true;
    }
}
