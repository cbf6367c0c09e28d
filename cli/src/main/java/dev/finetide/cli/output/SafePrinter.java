package dev.finetide.cli.output;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.Writer;

/// The stdout or stderr of every command. No text that comes from elsewhere can control the terminal through it:
/// [Printable] replaces control codes, marks that turn the direction of text, and invisible characters. Line breaks and
/// tabs stay, and so do the colours of [Colour]. JSON keeps its data: there such characters become JSON's escapes.
public final class SafePrinter extends PrintWriter {
    private final PrintWriter target;
    private final Form form;

    private enum Form {
        TEXT,
        JSON
    }

    /// @param target stdout or stderr itself
    public SafePrinter(PrintWriter target) {
        this(target, Form.TEXT);
    }

    private SafePrinter(PrintWriter target, Form form) {
        super(new Cleaned(target, form), true);
        this.target = target;
        this.form = form;
    }

    /// Returns a printer of JSON to the same target.
    SafePrinter json() {
        return form == Form.JSON ? this : new SafePrinter(target, Form.JSON);
    }

    /// Returns the target, for text that the command line itself is made of, such as the pages of `--help`.
    public PrintWriter exact() {
        return target;
    }

    @Override
    public boolean checkError() {
        return super.checkError() || target.checkError();
    }

    /// Returns a stream of UTF-8 that prints each line cleaned.
    public OutputStream lines() {
        return new LineStream(this);
    }

    private static final class Cleaned extends Writer {
        private final PrintWriter target;
        private final Form form;
        /// First half of a character whose second half has not come yet, or 0.
        private char half;

        Cleaned(PrintWriter target, Form form) {
            this.target = target;
            this.form = form;
        }

        @Override
        public void write(char[] characters, int offset, int length) {
            write(new String(characters, offset, length), 0, length);
        }

        @Override
        public void write(String text, int offset, int length) {
            String part = (half == 0 ? "" : String.valueOf(half)) + text.substring(offset, offset + length);
            half = 0;
            if (!part.isEmpty() && Character.isHighSurrogate(part.charAt(part.length() - 1))) {
                half = part.charAt(part.length() - 1);
                part = part.substring(0, part.length() - 1);
            }
            target.write(
                    switch (form) {
                        case TEXT -> Colour.shown(Printable.text(part));
                        case JSON -> Printable.json(part);
                    });
        }

        @Override
        public void flush() {
            target.flush();
        }

        @Override
        public void close() throws IOException {
            target.close();
        }
    }
}
