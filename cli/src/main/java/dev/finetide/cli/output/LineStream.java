package dev.finetide.cli.output;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/// Prints bytes of UTF-8 line by line, so that no character is cut in two.
final class LineStream extends OutputStream {
    /// Bytes of a line after which it is printed in parts.
    private static final int LONGEST = 1 << 20;

    private final PrintWriter out;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    LineStream(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void write(int next) {
        line.write(next);
        if (next == '\n' || line.size() >= LONGEST) {
            flush();
        }
    }

    @Override
    public void flush() {
        out.print(line.toString(StandardCharsets.UTF_8));
        out.flush();
        line.reset();
    }

    @Override
    public void close() {
        flush();
    }
}
