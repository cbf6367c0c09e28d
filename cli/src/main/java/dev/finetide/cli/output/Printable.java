package dev.finetide.cli.output;

/// Makes foreign text, such as a row of a dataset, safe to print: no character of it can control the terminal, or turn
/// the direction of what stands after it.
public final class Printable {
    private static final int FIRST_PICTURE = 0x2400;
    private static final int PICTURE_OF_DELETE = 0x2421;
    private static final int DELETE = 0x7f;

    private Printable() {}

    /// Returns the text on one line: line breaks and tabs become `\n`, `\r` and `\t`.
    public static String line(String text) {
        StringBuilder safe = new StringBuilder(text.length());
        int before = 0;
        for (int at = 0; at < text.length(); at += Character.charCount(before)) {
            int point = text.codePointAt(at);
            switch (point) {
                case '\n' -> safe.append("\\n");
                case '\r' -> safe.append("\\r");
                case '\t' -> safe.append("\\t");
                default -> append(point, before, safe);
            }
            before = point;
        }
        return safe.toString();
    }

    /// Returns the text with its line breaks and tabs. A line break of Windows becomes one of Unix.
    public static String text(String text) {
        String unix = text.replace("\r\n", "\n");
        StringBuilder safe = new StringBuilder(unix.length());
        int before = 0;
        for (int at = 0; at < unix.length(); at += Character.charCount(before)) {
            int point = unix.codePointAt(at);
            if (point == '\n' || point == '\t') {
                safe.appendCodePoint(point);
            } else {
                append(point, before, safe);
            }
            before = point;
        }
        return safe.toString();
    }

    /// Returns JSON that means the same, with an escape for each character that could control the terminal.
    static String json(String json) {
        StringBuilder safe = new StringBuilder(json.length());
        json.codePoints().forEach(point -> {
            if (point == '\n' || point == '\r' || point == '\t' || !isUnsafe(point)) {
                safe.appendCodePoint(point);
            } else {
                for (char unit : Character.toChars(point)) {
                    safe.append("\\u%04x".formatted((int) unit));
                }
            }
        });
        return safe.toString();
    }

    /// Cuts a line to a width in columns of the terminal, with an ellipsis for the rest.
    public static String cut(String line, int columns) {
        int width = 0;
        int fits = 0; // end of the part that leaves a column for the ellipsis
        for (int at = 0; at < line.length(); ) {
            int point = line.codePointAt(at);
            at += Character.charCount(point);
            width += columns(point);
            if (width > columns) {
                return line.substring(0, fits) + "…";
            }
            if (width < columns) {
                fits = at;
            }
        }
        return line;
    }

    private static void append(int point, int before, StringBuilder safe) {
        if (point < ' ') {
            safe.appendCodePoint(FIRST_PICTURE + point);
        } else if (point == DELETE) {
            safe.appendCodePoint(PICTURE_OF_DELETE);
        } else if (isUnsafe(point) && !isJoiner(point, before)) {
            safe.append("<U+%04X>".formatted(point));
        } else {
            safe.appendCodePoint(point);
        }
    }

    /// Tells whether a character is a control code, a lone surrogate, a mark that changes the direction of text, or one
    /// that nobody sees.
    private static boolean isUnsafe(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.SURROGATE,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> true;
            default -> point == 0x115f || point == 0x1160 || point == 0x3164 || point == 0xffa0 || point == 0x2800;
        };
    }

    /// Tells whether a mark joins or divides the letters around it. Emoji, Persian and the scripts of India need such
    /// marks; between Latin letters they only hide.
    private static boolean isJoiner(int point, int before) {
        return (point == 0x200c || point == 0x200d) && before >= 0x600;
    }

    /// Returns the columns of a character: none for a mark on the character before it, two for a wide one.
    private static int columns(int point) {
        int type = Character.getType(point);
        if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK || type == Character.FORMAT) {
            return 0;
        }
        boolean wide = point >= 0x1100 && point <= 0x115f
                || point >= 0x2e80 && point <= 0xa4cf
                || point >= 0xac00 && point <= 0xd7a3
                || point >= 0xf900 && point <= 0xfaff
                || point >= 0xfe30 && point <= 0xfe6f
                || point >= 0xff00 && point <= 0xff60
                || point >= 0x1f300 && point <= 0x1faff
                || point >= 0x20000 && point <= 0x3fffd;
        return wide ? 2 : 1;
    }
}
