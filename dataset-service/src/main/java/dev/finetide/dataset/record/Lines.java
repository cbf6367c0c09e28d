package dev.finetide.dataset.record;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/// Splits bytes into lines (LF or CRLF) and holds at most the longest line allowed; a longer line is skipped. The last
/// line needs no line end. Not thread-safe.
final class Lines {
    private final InputStream in;
    private final int longest;
    private final byte[] chunk = new byte[1 << 16];
    private int position;
    private int limit;
    private long consumed;

    private byte[] line = new byte[1 << 12];
    private int length;
    private long lineLength;
    private long number;
    private long start;

    /// @param longest length of the longest line allowed, in bytes
    Lines(InputStream in, int longest) {
        this.in = in;
        this.longest = longest;
    }

    /// Reads the next line; returns false at the end of the file.
    boolean next() throws IOException {
        length = 0;
        lineLength = 0;
        start = consumed - (limit - position);
        boolean any = false;
        while (position < limit || fill()) {
            any = true;
            int end = endOfLine();
            keep(end);
            boolean complete = end < limit;
            position = complete ? end + 1 : end;
            if (complete) {
                break;
            }
        }
        if (!any) {
            return false;
        }
        number++;
        if (length > 0 && length == lineLength && line[length - 1] == '\r') {
            length--;
            lineLength--;
        }
        return true;
    }

    /// Tells whether the line has no character but spaces and tabs.
    boolean isBlank() {
        if (tooLong()) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r') {
                return false;
            }
        }
        return true;
    }

    /// Tells whether the line was longer than allowed, so that its bytes were not kept.
    boolean tooLong() {
        return lineLength > longest;
    }

    /// Returns a copy of the line's bytes without line end.
    byte[] bytes() {
        return Arrays.copyOf(line, length);
    }

    /// Returns the length of the line in bytes, even if it was too long to keep.
    long lineLength() {
        return lineLength;
    }

    /// Returns the 1-based number of the line.
    long number() {
        return number;
    }

    /// Returns the 0-based offset of the line's first byte in the file.
    long start() {
        return start;
    }

    void close() throws IOException {
        in.close();
    }

    private int endOfLine() {
        int end = position;
        while (end < limit && chunk[end] != '\n') {
            end++;
        }
        return end;
    }

    private void keep(int end) {
        int bytes = end - position;
        lineLength += bytes;
        if (lineLength > longest) {
            return;
        }
        if (length + bytes > line.length) {
            line = Arrays.copyOf(line, Math.min(longest, Math.max(length + bytes, 2 * line.length)));
        }
        System.arraycopy(chunk, position, line, length, bytes);
        length += bytes;
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
