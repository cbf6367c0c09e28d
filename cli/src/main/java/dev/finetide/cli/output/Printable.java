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
        text.codePoints().forEach(point -> {
            switch (point) {
                case '\n' -> safe.append("\\n");
                case '\r' -> safe.append("\\r");
                case '\t' -> safe.append("\\t");
                default -> append(point, safe);
            }
        });
        return safe.toString();
    }

    /// Returns the text with its line breaks and tabs. A line break of Windows becomes one of Unix.
    public static String text(String text) {
        StringBuilder safe = new StringBuilder(text.length());
        text.replace("\r\n", "\n").codePoints().forEach(point -> {
            if (point == '\n' || point == '\t') {
                safe.appendCodePoint(point);
            } else {
                append(point, safe);
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

    private static void append(int point, StringBuilder safe) {
        if (point < ' ') {
            safe.appendCodePoint(FIRST_PICTURE + point);
        } else if (point == DELETE) {
            safe.appendCodePoint(PICTURE_OF_DELETE);
        } else if (isUnsafe(point)) {
            safe.append("<U+%04X>".formatted(point));
        } else {
            safe.appendCodePoint(point);
        }
    }

    /// Tells whether a character is a control code, a lone surrogate, or a mark that changes the direction of text.
    private static boolean isUnsafe(int point) {
        return Character.isISOControl(point)
                || Character.getType(point) == Character.SURROGATE
                || point >= 0x202a && point <= 0x202e
                || point >= 0x2066 && point <= 0x2069
                || point == 0x200e
                || point == 0x200f
                || point == 0x2028
                || point == 0x2029;
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
